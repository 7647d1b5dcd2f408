"""The attention of a head as a function of the offset alone: does it look where a convolution would?"""

from dataclasses import dataclass, replace
from math import isqrt

import numpy as np
from jaxtyping import Float

from explorer.analysis.heads import HeadStatistics, head_statistics
from explorer.analysis.result import Result
from explorer.errors import AnalysisError
from explorer.geometry import Grid, TokenLayout
from explorer.tap import Observation

__all__ = ["HeadOffsets", "head_offsets", "offsets_by_layer"]


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
    found = []
    for call in observation.calls:
        side = isqrt(call.tokens)
        if side * side != call.tokens:
            raise AnalysisError(
                "This attention has no offsets", why=f"its {call.tokens} tokens are not the cells of a square"
            )
        cells = TokenLayout((), Grid(side, side, side, side), "avg")
        found.append(head_offsets(head_statistics(replace(observation, calls=(call,), tokens=cells))))
    return tuple(found)


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
