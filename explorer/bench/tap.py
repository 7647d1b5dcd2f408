"""What watching costs: each way of having attention maps over the plain forward pass of the same model."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from explorer.bench.resident import forget_largest, largest_resident, resident

__all__ = ["run"]

ARCHITECTURE = "vit_small_patch16_224"
LAYER = 6
"""The layer whose map alone is asked for: in the middle of the twelve."""


def run(*, repeats: int = 60, threads: int = 2, device: str = "cpu") -> Mapping[str, Any]:
    """ViT-S/16 at 224 x 224, one picture. The sides take turns in one process; medians over all turns.

    `ratios` are over the plain forward pass: every layer's whole map, one layer's map, queries and keys
    alone, and timm's AttentionExtract in the quicker of its two ways. `megabytes` are each side's largest
    resident memory above what its own fresh process held before the pass.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        sides = _sides(device)
        seconds = _alternating(sides, repeats, device)
    finally:
        torch.set_num_threads(before)
    median = {side: statistics.median(taken) for side, taken in seconds.items()}
    extract = min(median["timm_extract_fx"], median["timm_extract_hook"])
    return {
        "bench": "tap",
        "model": ARCHITECTURE,
        "device": device,
        "threads": threads,
        "repeats": repeats,
        "rows": [
            {
                "side": side,
                "seconds": round(median[side], 5),
                "megabytes": _peak_megabytes(side, threads, device),
            }
            for side in sides
        ],
        "ratios": {
            "all_maps": round(median["all_maps"] / median["plain"], 3),
            "one_map": round(median["one_map"] / median["plain"], 3),
            "queries_keys": round(median["queries_keys"] / median["plain"], 3),
            "timm_extract": round(extract / median["plain"], 3),
        },
    }


def _sides(device: str) -> dict[str, Callable[[], Any]]:
    import torch

    from explorer import zoo
    from explorer.tap import observe

    model = zoo.load(ARCHITECTURE, trained=False, device=device)
    x = torch.randn(1, 3, *model.input_size, generator=torch.Generator().manual_seed(0)).to(model.device)
    unfused = _without_fused_attention(model.module).to(model.device)
    return {
        "plain": lambda: model.module(x),
        "all_maps": lambda: observe(model, x, maps="all"),
        "one_map": lambda: observe(model, x, maps=(LAYER,)),
        "queries_keys": lambda: observe(model, x),
        "timm_extract_fx": _extract(unfused, "fx", x),
        "timm_extract_hook": _extract(unfused, "hook", x),
    }


def _without_fused_attention(module: Any) -> Any:
    """The same network in the form that timm's AttentionExtract needs."""
    import timm
    from timm.layers import set_fused_attn

    from explorer.zoo.architectures import BUILDING

    with BUILDING:
        set_fused_attn(False)
        try:
            unfused = timm.create_model(ARCHITECTURE)
        finally:
            set_fused_attn(True)
    unfused.load_state_dict(module.state_dict())
    return unfused.eval().requires_grad_(False)


def _extract(module: Any, method: str, x: Any) -> Callable[[], Any]:
    import copy

    from timm.utils import AttentionExtract

    extract = AttentionExtract(copy.deepcopy(module), method=method)
    return lambda: extract(x)


def _alternating(
    sides: Mapping[str, Callable[[], Any]], repeats: int, device: str
) -> Mapping[str, list[float]]:
    import torch

    taken: dict[str, list[float]] = {side: [] for side in sides}
    with torch.inference_mode():
        for turn in range(-3, repeats):
            for side, compute in sides.items():
                start = time.perf_counter()
                compute()
                if device == "cuda":
                    torch.cuda.synchronize()
                if turn >= 0:
                    taken[side].append(time.perf_counter() - start)
    return taken


def _peak_megabytes(side: str, threads: int, device: str) -> float:
    code = f"from explorer.bench.tap import peak; print(peak({side!r}, {threads}, {device!r}))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return round(float(output.split()[-1]), 1)


def peak(side: str, threads: int, device: str) -> float:
    """Megabytes by which one pass of a side raises this process's largest resident memory, or the GPU's."""
    import torch

    torch.set_num_threads(threads)
    compute = _sides(device)[side]
    with torch.inference_mode():
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()
            held = torch.cuda.memory_allocated()
            result = compute()
            del result
            return (torch.cuda.max_memory_allocated() - held) / 1e6
        forget_largest()
        before = resident()
        compute()
        return (largest_resident() - before) / 1e6
