"""Reading is parallel, writing is not: the time of one value, each way, measured here and now."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.models.sampler import PictureSampler, Sampler

__all__ = ["WritingSpeed", "writing_speed"]


@dataclass(frozen=True)
class WritingSpeed(Result):
    """Seconds a value, of all samples together."""

    parallel: float
    """In one pass over whole pictures, as in training."""
    cached: float
    """Step by step, keys and values kept."""
    uncached: float
    """Step by step, all values before computed again."""
    values: int
    samples: int

    def arrays(self) -> Arrays:
        return {
            "way": (np.array(["parallel", "cached", "uncached"]), ""),
            "milliseconds": (1000 * np.array([self.parallel, self.cached, self.uncached]), "ms a value"),
        }

    def numbers(self) -> Numbers:
        return {
            "a whole picture in one pass": (1000 * self.parallel * self.values, "ms"),
            "generated with the cache": (1000 * self.cached * self.values, "ms"),
            "generated without it": (1000 * self.uncached * self.values, "ms"),
        }

    def alt(self) -> str:
        times = (
            f"{name} {1000 * seconds:.3g}"
            for name, seconds in (
                ("one parallel pass", self.parallel),
                ("with a cache", self.cached),
                ("without", self.uncached),
            )
        )
        return f"Three bars on a logarithmic axis, milliseconds a value: {', '.join(times)}."


def writing_speed(
    model: PictureSampler,
    *,
    samples: int = 1,
    repeats: int = 3,
    stepped: int = 0,
    uncached: int = 32,
    told: int | None = None,
) -> WritingSpeed:
    """Medians of so many repeats. Step by step is measured over the first `stepped` values (0: all), without the
    cache over `uncached` steps spread evenly over the picture. `told` is the class of models that are told one."""
    values = model.canvas.values
    device = next(model.parameters()).device  # type: ignore[attr-defined]
    enlarges = getattr(model, "low", None)
    low = None
    if enlarges:
        low = torch.full((samples, *enlarges, model.canvas.channels), model.levels // 2)
    writer = Sampler(model, samples, labels=told, low=low)
    stepped = min(stepped or values, values)
    steps = [round((number + 0.5) * values / uncached) for number in range(min(uncached, values))]

    def parallel() -> None:
        with torch.inference_mode():
            model(writer.values, writer.labels, writer.low)

    def one_by_one() -> None:
        writer.rewind(0)
        writer.step(stepped)

    def again_and_again() -> None:
        with torch.inference_mode():
            for step in steps:
                model(writer.values, writer.labels, writer.low, length=step + 1)

    taken = [_median(run, repeats, device.type) for run in (one_by_one, parallel, again_and_again)]
    return WritingSpeed(taken[1] / values, taken[0] / stepped, taken[2] / len(steps), values, samples)


def _median(run: Callable[[], None], repeats: int, device: str) -> float:
    run()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
