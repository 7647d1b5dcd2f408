"""Class-token rollout of ViT-S/16: ours, over the usual way (all maps kept, N x N products)."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.bench.resident import forget_largest, largest_resident, resident
from explorer.errors import ControlError

__all__ = ["run"]

ARCHITECTURE = "vit_small_patch16_224"
PATCH = 16
SIDES = ("usual", "ours", "ours_with_collapse")


def run(
    *, tokens: Sequence[int] = (196, 1024, 4096), repeats: int = 3, threads: int = 2
) -> Mapping[str, Any]:
    """The picture's forward pass and the rollout together, each time in a fresh process, the sides in turns.

    `tokens` are numbers of patches, each a square. The medians of seconds and megabytes are told: the largest
    resident memory, as the system counts it, above what was resident before the pass. `ratios` are ours over
    the usual way for the last number of tokens; `difference` is the largest between the sides' class rows.
    """
    rows: list[dict[str, Any]] = []
    for count in tokens:
        side = round(count**0.5)
        if side * side != count:
            raise ControlError(f"{count} patches do not make a square", do="give 196, 1024, 4096 …")
        rows += _measured(count, side * PATCH, repeats, threads)
    last = {row["side"]: row for row in rows[-len(SIDES) :]}
    return {
        "bench": "rollout",
        "model": ARCHITECTURE,
        "device": "cpu",
        "threads": threads,
        "repeats": repeats,
        "rows": rows,
        "ratios": {
            "time": round(last["ours"]["seconds"] / last["usual"]["seconds"], 3),
            "memory": round(last["ours"]["megabytes"] / last["usual"]["megabytes"], 4),
        },
        "difference": max(row["difference"] for row in rows),
    }


def _measured(count: int, pixels: int, repeats: int, threads: int) -> list[dict[str, Any]]:
    taken: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory() as folder:
        files = {side: Path(folder) / f"{side}.npy" for side in SIDES}
        for _ in range(repeats):
            for side in SIDES:
                arguments = [side, str(pixels), str(threads), str(files[side])]
                code = "from explorer.bench.rollout import child; child()"
                done = subprocess.run(
                    [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
                )
                taken[side].append(json.loads(done.stdout.splitlines()[-1]))
        usual = np.load(files["usual"])
        differences = {side: float(np.abs(np.load(files[side]) - usual).max()) for side in SIDES}
    return [
        {
            "tokens": count,
            "side": side,
            "seconds": round(statistics.median(measured["seconds"] for measured in taken[side]), 4),
            "megabytes": round(statistics.median(measured["megabytes"] for measured in taken[side]), 1),
            "difference": differences[side],
        }
        for side in SIDES
    ]


def child() -> None:
    """One side in this process: prints its seconds and megabytes, writes its class row."""
    import torch

    side, pixels, threads, file = sys.argv[1:]
    torch.set_num_threads(int(threads))
    with torch.inference_mode():
        _side(side, 4 * PATCH)()
        compute = _side(side, int(pixels))
        forget_largest()
        before, start = resident(), time.perf_counter()
        row = compute()
        seconds = time.perf_counter() - start
    np.save(file, row)
    megabytes = (largest_resident() - before) / 1e6
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": megabytes}) + "\n")


def _side(side: str, pixels: int) -> Callable[[], np.ndarray]:
    import timm
    import torch

    torch.manual_seed(0)
    module = timm.create_model(ARCHITECTURE, img_size=pixels).eval().requires_grad_(False)
    x = torch.randn(1, 3, pixels, pixels)
    if side == "usual":
        return lambda: _usual(module, x)
    return lambda: _ours(module, x, compared=16 if side == "ours_with_collapse" else 0)


def _ours(module: Any, x: Any, *, compared: int) -> np.ndarray:
    from explorer.analysis.rollout import rollout
    from explorer.tap import observe

    return rollout(observe(module, x), query="class", compared=compared).rows[0, -1]


def _usual(module: Any, x: Any) -> np.ndarray:
    """Every layer's map kept by a hook, and the N x N product of them all."""
    import torch

    maps: list[Any] = []
    for block in module.blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_hook(lambda part, given, weights: maps.append(weights))
    module(x)
    product = torch.eye(maps[0].shape[-1])
    for weights in maps:
        mixed = (weights.mean(1) + torch.eye(weights.shape[-1])) / 2
        product = mixed / mixed.sum(-1, keepdim=True) @ product
    return product[0, 0].numpy()
