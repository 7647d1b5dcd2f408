"""What a method says an answer depends on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from explorer.analysis.result import Result
from explorer.geometry import Grid
from explorer.images import Photo

__all__ = ["Attribution", "on_grid"]


@dataclass(frozen=True, eq=False)
class Attribution(Result):
    """A value for each cell of each picture: how much the answer depends on it, by one method."""

    method: str
    title: str
    values: Float[np.ndarray, "batch rows columns"]
    grid: Grid
    """The cells, over the model's input: patches, cells of a feature map, or one for each pixel."""
    signed: bool
    """Whether a cell may speak against the class."""
    targets: tuple[int, ...] | None
    """Each picture's class, by its place among the outputs; None for a method that knows no class."""
    unit: str
    parameters: Mapping[str, Any]
    photo: Photo | None = None

    def on(self, grid: Grid, *, sample: int = 0) -> Float[np.ndarray, "rows columns"]:
        """The map on another grid over the same input: each cell's mean over its area."""
        return on_grid(self.values[sample], self.grid, grid)


def on_grid(
    values: Float[np.ndarray, "rows columns"], old: Grid, new: Grid
) -> Float[np.ndarray, "rows2 columns2"]:
    """Means over the areas of the new cells; 0 where there is nothing of the old."""
    down = _overlaps(old.rows, old.cell_height, new.rows, new.cell_height)
    across = _overlaps(old.columns, old.cell_width, new.columns, new.cell_width)
    return down @ values.astype(np.float64) @ across.T


def _overlaps(old: int, old_size: float, new: int, new_size: float) -> np.ndarray:
    """The share of each new interval that each old one covers, new x old."""
    starts, ends = np.arange(old) * old_size, (np.arange(old) + 1) * old_size
    first, last = np.arange(new)[:, None] * new_size, (np.arange(new)[:, None] + 1) * new_size
    return np.clip(np.minimum(ends, last) - np.maximum(starts, first), 0, None) / new_size
