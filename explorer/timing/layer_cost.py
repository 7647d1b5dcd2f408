"""What a layer costs against the side of the picture: by formula, and measured here."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.models.attention_layers.layer import SpatialLayer
from explorer.timing.peak_memory import PeakMemory

__all__ = ["FIT_FROM", "SIDES", "LayerCost", "LayerCosts", "exponent", "layer_cost"]

SIDES = (8, 16, 32, 64, 128)
FIT_FROM = 32
"""The side from which exponents are fitted: below, the time of starting an operation hides the rest."""
MOST = 4 << 30
"""Bytes that a measurement may be expected to take; a larger one is left out."""
LEAST_SECONDS, MOST_SECONDS = 0.02, 0.5


@dataclass(frozen=True, eq=False)
class LayerCost(Result):
    """A forward pass of one picture of side x side cells. NaN where it was not measured."""

    title: str
    sides: Int[np.ndarray, " sides"]
    flops: Float[np.ndarray, " sides"]
    """Of matrix products and convolutions, by formula."""
    held: Float[np.ndarray, " sides"]
    """Bytes of features, projections and weights in single precision, by formula."""
    milliseconds: Float[np.ndarray, " sides"]
    peak: Float[np.ndarray, " sides"]
    """Bytes of tensors that live at the same time, at most."""

    def exponents(self) -> dict[str, float]:
        """Of each measure against the number of cells, from side `FIT_FROM` on."""
        names = ("flops", "held", "milliseconds", "peak")
        return {name: exponent(self.sides, getattr(self, name)) for name in names}

    @property
    def nbytes(self) -> int:
        return 5 * self.sides.nbytes


UNITS = {"flops": "FLOP", "held": "byte", "milliseconds": "ms", "peak": "byte"}


@dataclass(frozen=True, eq=False)
class LayerCosts(Result):
    """Some measures of every layer against the side of the picture."""

    costs: Sequence[LayerCost]
    measures: Mapping[str, str]
    """Fields of `LayerCost`, and what they are called."""

    def arrays(self) -> Arrays:
        sides = self.costs[0].sides
        return {
            "layer": (np.repeat([cost.title for cost in self.costs], len(sides)), ""),
            "side": (np.tile(sides, len(self.costs)), "cells"),
            **{
                name: (np.concatenate([getattr(cost, name) for cost in self.costs]), UNITS[name])
                for name in self.measures
            },
        }

    def numbers(self) -> Numbers:
        """The exponents of each measure against the number of cells."""
        numbers: Numbers = {}
        for cost in self.costs:
            exponents = [cost.exponents()[name] for name in self.measures]
            message = (f"{value:.2f}" if np.isfinite(value) else "–" for value in exponents)
            numbers[cost.title] = (" · ".join(message), "")
        return numbers

    def alt(self) -> str:
        exponents = "; ".join(f"{title} {message}" for title, (message, _) in self.numbers().items())
        return (
            f"Curves of {' and of '.join(self.measures.values())} against the side, both axes logarithmic; their exponents "
            f"against the number of cells: {exponents}."
        )


def exponent(sides: Int[np.ndarray, " sides"], values: Float[np.ndarray, " sides"]) -> float:
    """p of values ~ cells^p by least squares of the logarithms; NaN with fewer than two points."""
    used = (sides >= FIT_FROM) & np.isfinite(values) & (values > 0)
    if used.sum() < 2:
        return float("nan")
    return float(np.polyfit(np.log(sides[used].astype(float) ** 2), np.log(values[used]), 1)[0])


def layer_cost(
    layer: SpatialLayer,
    features: int,
    *,
    sides: Sequence[int] = SIDES,
    title: str = "",
    measured: bool = True,
    most: int = MOST,
    device: str = "cpu",
    on_progress: Callable[[float], None] = lambda share: None,
) -> LayerCost:
    """The best time of several passes without gradients, of one where it takes long. A size whose weights by formula,
    three times over, are more than `most` bytes is not measured. `on_progress` hears the share done after every side."""
    layer = layer.to(device)
    times, peaks = np.full((2, len(sides)), np.nan)
    held = np.array([4.0 * layer.held(side, side) for side in sides])
    for at, side in enumerate(sides):
        if measured and 3 * held[at] <= most:
            times[at], peaks[at] = _measured(layer, torch.randn(1, features, side, side, device=device))
        on_progress((at + 1) / len(sides))
    flops = np.array([float(layer.flops(side, side)) for side in sides])
    return LayerCost(title, np.array(sides), flops, held, times, peaks)


@torch.no_grad()
def _measured(layer: SpatialLayer, x: torch.Tensor) -> tuple[float, float]:
    with PeakMemory() as memory:
        layer(x)
    timings: list[float] = []
    while sum(timings) < LEAST_SECONDS or (len(timings) < 3 and sum(timings) < MOST_SECONDS):
        start = time.perf_counter()
        layer(x)
        if x.is_cuda:
            torch.cuda.synchronize()
        timings.append(time.perf_counter() - start)
    return 1000 * min(timings), float(memory.peak)
