"""Reading is parallel, writing is not: milliseconds a value, each way, here and now."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["measure"]


def measure(
    *,
    model: str = "pixels-digits",
    samples: int = 1,
    repeats: int = 3,
    uncached: int = 32,
    device: str = "auto",
) -> Mapping[str, Any]:
    """The time of one parallel pass over a whole picture, as in training, against writing it step by step with
    the cache, and without, where each step computes everything before it again. The last is measured over
    `uncached` steps spread evenly over the picture. Medians; milliseconds a value of all samples together.

    Raises:
        ModelError: the model cannot be loaded.
    """
    import torch

    from explorer.models.writer import Writer
    from explorer.zoo.pixel_models import load_pixels

    shown = load_pixels(model, device=device)
    module = shown.module
    values = module.canvas.values
    labels = torch.zeros(samples, dtype=torch.long) if shown.classes else None
    low = None
    if shown.enlarges:
        low = torch.full((samples, *shown.enlarges, module.canvas.channels), module.levels // 2)
    writer = Writer(module, samples, labels=labels, low=low)
    writer.finish()
    without = Writer(module, samples, labels=labels, low=low, cached=False)
    without.values = writer.values

    def parallel() -> None:
        with torch.inference_mode():
            module(writer.values, writer.labels, writer.low)

    def stepped() -> None:
        writer.rewind(0)
        writer.finish()

    steps = [round((number + 0.5) * values / uncached) for number in range(min(uncached, values))]

    def recomputed() -> None:
        for step in steps:
            without.written = step
            without.look()

    seconds = {
        name: _median(run, repeats, shown.device)
        for name, run in (("parallel", parallel), ("cached", stepped), ("uncached", recomputed))
    }
    per_value = {
        "parallel": seconds["parallel"] / values,
        "step by step": seconds["cached"] / values,
        "step by step without the cache": seconds["uncached"] / len(steps),
    }
    fast = per_value["parallel"]
    return {
        "values": {
            **{name: round(each * 1000, 4) for name, each in per_value.items()},
            "times as long as parallel": {
                name: round(each / fast, 1) for name, each in per_value.items() if name != "parallel"
            },
            "values": values,
            "samples": samples,
        },
        "unit": "milliseconds a value",
        "model": model,
        "checkpoint": shown.checkpoint,
        "device": shown.device,
        "threads": torch.get_num_threads(),
    }


def _median(run: Callable[[], None], repeats: int, device: str) -> float:
    import torch

    run()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
