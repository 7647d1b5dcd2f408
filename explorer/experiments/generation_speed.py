"""Reading is parallel, writing is not: milliseconds a value, each way, here and now."""

from __future__ import annotations

from collections.abc import Mapping
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

    from explorer.timing.writing_speed import writing_speed
    from explorer.zoo.pixel_models import load_pixels

    shown = load_pixels(model, device=device)
    label = 0 if shown.classes else None
    speed = writing_speed(shown.module, samples=samples, repeats=repeats, uncached=uncached, told=label)
    per_value = {
        "parallel": speed.parallel,
        "step by step": speed.cached,
        "step by step without the cache": speed.uncached,
    }
    fast = speed.parallel
    return {
        "values": {
            **{name: round(seconds * 1000, 4) for name, seconds in per_value.items()},
            "times as long as parallel": {
                name: round(seconds / fast, 1) for name, seconds in per_value.items() if name != "parallel"
            },
            "values": speed.values,
            "samples": samples,
        },
        "unit": "milliseconds a value",
        "model": model,
        "checkpoint": shown.checkpoint,
        "device": shown.device,
        "threads": torch.get_num_threads(),
    }
