"""The attention of a head as a function of the offset alone: does it look where a convolution would?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isqrt

import numpy as np
from jaxtyping import Float

from explorer.analysis.heads import HeadStatistics, head_statistics
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError
from explorer.formatting import percent
from explorer.geometry import Grid, TokenLayout
from explorer.tap import Observation

__all__ = ["HeadOffsets", "NearnessByLayer", "OffsetsOfLayers", "head_offsets", "offsets_by_layer"]


@dataclass(frozen=True, eq=False)
class HeadOffsets(Result):
    """Weights averaged over the queries at each offset key - query (Cordonnier, Loukas, Jaggi 2020, fig. 5).

    Prefix tokens are left out, and each query's weights on the patches renormalised to sum to 1.
    """

    by_offset: Float[np.ndarray, "layers heads rows columns"]
    """Offset (0, 0) in the middle; each map sums to 1."""
    within_one: Float[np.ndarray, "layers heads"]
    """Share of the weight in the 3 x 3 cells around the query."""
    within_two: Float[np.ndarray, "layers heads"]
    """In the 5 x 5 cells."""
    uniform_one: float
    """`within_one` of a head that attends to all patches alike."""
    uniform_two: float

    @property
    def layers(self) -> int:
        return self.by_offset.shape[0]

    def of_layers(self, layers: Sequence[int]) -> "OffsetsOfLayers":
        """Every head's map by offset in some layers, counted from 0."""
        return OffsetsOfLayers(self, tuple(layers))

    def arrays(self) -> Arrays:
        return {"within_one": (self.within_one, "share"), "within_two": (self.within_two, "share")}

    def numbers(self) -> Numbers:
        return {
            "uniform attention, within 1 cell": (percent(self.uniform_one), ""),
            "within 2 cells": (percent(self.uniform_two), ""),
        }

    def alt(self) -> str:
        means = self.within_one.mean(1)
        return (
            "Two curves of a share against the layer, with a point for each head and a dotted line for uniform attention; "
            f"the largest mean within 1 cell, {percent(means.max())}, is in layer {int(means.argmax()) + 1}."
        )


@dataclass(frozen=True, eq=False)
class OffsetsOfLayers(Result):
    """Every head's map by offset, of some layers."""

    offsets: HeadOffsets
    layers: tuple[int, ...]

    def arrays(self) -> Arrays:
        layers = list(self.layers)
        return {"layer": (np.array(layers) + 1, ""), "weight": (self.offsets.by_offset[layers], "share")}

    def numbers(self) -> Numbers:
        return {
            f"layer {layer + 1}, within {cells} cell{'s' * (cells > 1)}": (percent(shares[layer].mean()), "")
            for layer in dict.fromkeys(self.layers)
            for cells, shares in ((1, self.offsets.within_one), (2, self.offsets.within_two))
        }

    def alt(self) -> str:
        near = (f"{name}: {share}" for name, (share, _) in self.numbers().items())
        return f"Small maps of mean weight by offset, a row of heads for each layer; {'; '.join(near)}."


@dataclass(frozen=True, eq=False)
class NearnessByLayer(Result):
    """The share of the weight near the query in each layer of some trainings of one network."""

    titles: tuple[str, ...]
    within_one: tuple[Float[np.ndarray, " _"], ...]
    """Of each layer: the heads of all trainings."""
    within_two: tuple[Float[np.ndarray, " _"], ...]
    uniform: Float[np.ndarray, "layers 2"]
    """Within one and two cells, of a head that attends to all alike."""
    labels: tuple[str, ...]
    """Short titles, for an axis."""

    @classmethod
    def of(
        cls, titles: Sequence[str], trainings: Sequence[Sequence[HeadOffsets]], *, labels: Sequence[str] = ()
    ) -> "NearnessByLayer":
        """From every training's layers, one head each map."""
        ones, twos = (
            tuple(
                np.concatenate([getattr(layers[at], name)[0] for layers in trainings])
                for at in range(len(titles))
            )
            for name in ("within_one", "within_two")
        )
        uniform = np.array([[layer.uniform_one, layer.uniform_two] for layer in trainings[0]])
        return cls(tuple(titles), ones, twos, uniform, tuple(labels or titles))

    def arrays(self) -> Arrays:
        ones, twos = (
            np.array([shares.mean() for shares in layers]) for layers in (self.within_one, self.within_two)
        )
        values = (ones, twos, self.uniform[:, 0], self.uniform[:, 1])
        names = ("within_one", "within_two", "even_one", "even_two")
        return {
            "layer": (np.array(self.titles), ""),
            **{name: (shares, "share") for name, shares in zip(names, values, strict=True)},
        }

    def numbers(self) -> Numbers:
        return {
            f"{self.titles[at]}, within 1 cell": (
                f"{percent(self.within_one[at].mean())}, uniform {percent(self.uniform[at, 0])}",
                "",
            )
            for at in (0, len(self.titles) - 1)
        }

    def alt(self) -> str:
        ends = "; ".join(f"{name}: {share}" for name, (share, _) in self.numbers().items())
        return (
            "Two curves of the share of the weight near the query, layer by layer, with dashes for uniform attention; "
            f"{ends}."
        )


def head_offsets(statistics: HeadStatistics) -> HeadOffsets:
    """The offsets and what lies near, of statistics already taken."""
    maps, grid = statistics.by_offset, statistics.tokens.grid
    uniform = _uniform(grid)
    return HeadOffsets(
        maps, _within(maps, 1), _within(maps, 2), _within(uniform, 1).item(), _within(uniform, 2).item()
    )


def offsets_by_layer(observation: Observation) -> tuple[HeadOffsets, ...]:
    """For a network whose attention layers look at maps of different sizes: one result for each layer, all of whose
    tokens must be the cells of a square.

    Raises:
        AnalysisError: a layer's tokens are no square.
    """
    offsets = []
    for call in observation.calls:
        side = isqrt(call.tokens)
        if side * side != call.tokens:
            raise AnalysisError(
                "This attention has no offsets", why=f"its {call.tokens} tokens are not the cells of a square"
            )
        cells = TokenLayout((), Grid(side, side, side, side), "avg")
        offsets.append(head_offsets(head_statistics(replace(observation, calls=(call,), tokens=cells))))
    return tuple(offsets)


def _within(maps: np.ndarray, cells: int) -> np.ndarray:
    middle, centre = maps.shape[-2] // 2, maps.shape[-1] // 2
    near = maps[
        ...,
        max(0, middle - cells) : middle + cells + 1,
        max(0, centre - cells) : centre + cells + 1,
    ]
    return np.asarray(near.sum((-2, -1)))


def _uniform(grid: Grid) -> np.ndarray:
    """The map of a head that attends to all patches alike."""
    rows = grid.rows - np.abs(np.arange(1 - grid.rows, grid.rows))
    columns = grid.columns - np.abs(np.arange(1 - grid.columns, grid.columns))
    return rows[:, None] * columns / len(grid) ** 2
