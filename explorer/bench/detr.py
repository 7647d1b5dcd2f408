"""DETR-ResNet-50 at 800 x 1066: everything its page needs, over the plain forward pass and over kept
attention."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from explorer.bench.resident import forget_largest, largest_resident, resident

__all__ = ["run"]

HEIGHT, WIDTH = 800, 1066
SIDES = ("plain", "watched", "attentions")


def run(*, repeats: int = 3, passes: int = 3, threads: int = 2) -> Mapping[str, Any]:
    """Each side in a fresh process, in turns, `repeats` times; random weights, batch 1, on the CPU.

    plain: the forward pass. watched: one pass under the tap and all that the page draws first from it, the
    queries' table, a clicked cell's encoder attention, a query's cross-attention of all layers, the queries'
    attention to each other and the trajectory. attentions: `output_attentions=True`. Seconds are the median
    of `passes` after one to warm up; megabytes are the largest resident memory, by the system's count, above
    that before the first pass. `ratios`: time is watched over plain; memory is what watched needs above
    plain over what attentions needs.
    """
    taken: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for _ in range(repeats):
        for side in SIDES:
            code = "from explorer.bench.detr import child; child()"
            done = subprocess.run(
                [sys.executable, "-c", code, side, str(passes), str(threads)],
                capture_output=True,
                text=True,
                check=True,
            )
            taken[side].append(json.loads(done.stdout.splitlines()[-1]))
    middle = {
        side: {
            name: statistics.median(run[name] for run in all_) for name in ("seconds", "megabytes", "held")
        }
        for side, all_ in taken.items()
    }
    extra = {side: middle[side]["megabytes"] - middle["plain"]["megabytes"] for side in SIDES}
    return {
        "bench": "detr",
        "model": "facebook/detr-resnet-50, random weights",
        "device": "cpu",
        "threads": threads,
        "repeats": repeats,
        "rows": [
            {"side": side, **{name: round(value, 4) for name, value in middle[side].items()}}
            for side in SIDES
        ],
        "ratios": {
            "time": round(middle["watched"]["seconds"] / middle["plain"]["seconds"], 3),
            "memory": round(extra["watched"] / extra["attentions"], 4),
        },
    }


def child() -> None:
    """One side in this process: prints its seconds, megabytes and the megabytes held afterwards."""
    import torch

    side, passes, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    compute = _side(side)
    with torch.inference_mode():
        forget_largest()
        before = resident()
        output = compute()
        megabytes = (largest_resident() - before) / 1e6
        held = (resident() - before) / 1e6
        del output
        times = []
        for _ in range(passes):
            start = time.perf_counter()
            compute()
            times.append(time.perf_counter() - start)
    result = {"seconds": statistics.median(times), "megabytes": megabytes, "held": held}
    sys.stdout.write(json.dumps(result) + "\n")


def _side(side: str) -> Callable[[], Any]:
    import torch
    from transformers import DetrConfig, DetrForObjectDetection

    torch.manual_seed(0)
    config = DetrConfig(num_labels=91)
    # Kept attention is only to be had from the open computation.
    config._attn_implementation = "eager" if side == "attentions" else "sdpa"
    module = DetrForObjectDetection(config).eval().requires_grad_(False)
    x = torch.randn(1, 3, HEIGHT, WIDTH)
    if side == "plain":
        return lambda: module(x)
    if side == "attentions":
        return lambda: module(x, output_attentions=True)
    return lambda: _everything(module, x)


def _everything(module: Any, x: Any) -> Any:
    from explorer.analysis.detection import watch_pass
    from explorer.analysis.query_attention import cross_attention, encoder_attention, query_attention
    from explorer.geometry import Cell, Frame

    frame = Frame.fit((HEIGHT, WIDTH), (HEIGHT, WIDTH), how="squash")
    sight = watch_pass(module, x, frame=frame, classes=tuple(map(str, range(91))))
    return (
        sight,
        sight.predictions(threshold=0.7),
        sight.trajectory(0),
        sight.feature_map(),
        encoder_attention(sight, Cell(12, 16)),
        cross_attention(sight, 0),
        query_attention(sight, 1),
    )
