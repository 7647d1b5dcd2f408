"""The effective receptive field of many units of one layer, one for each place of a grid."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from explorer.analysis.field import FieldPass, field_at
from explorer.analysis.result import Arrays, Result
from explorer.errors import UnsupportedModel
from explorer.geometry import Cell, Grid

__all__ = ["FieldPlaces", "cells_of", "field_places"]

PLACES = 14
"""Rows and columns of places at most: as many as a ViT has patches."""
CELLS = 56
"""Rows and columns of a map at most."""
DRAWS = 1


@dataclass(frozen=True, eq=False)
class FieldPlaces(Result):
    """The effective fields of some rows and columns of a layer's units, as bytes with a scale each."""

    layer: str
    rows: Int[np.ndarray, " rows"]
    """The units' rows."""
    columns: Int[np.ndarray, " columns"]
    steps: UInt8[np.ndarray, "rows columns height width"]
    """Of each unit, the share of its gradient on each cell of the input, in steps."""
    scale: Float[np.ndarray, "rows columns"]
    """A step's share."""
    radius_90: Float[np.ndarray, "rows columns"]
    """Radius of the disc that holds 90 % of the gradient, in input pixels."""
    grid: Grid
    """The cells of the input that the maps have."""

    def arrays(self) -> Arrays:
        shares = self.steps * self.scale[..., None, None]
        return {
            "field": (shares, "share of the gradient, by cell of the input"),
            "radius_90": (self.radius_90, "px"),
        }

    def alt(self) -> str:
        return f"Maps of {self.scale.size} units of {self.layer}."


def field_places(
    seen: FieldPass, layer: str, *, on_progress: Callable[[float], None] = lambda share: None
) -> FieldPlaces:
    """The effective fields of the units of a layer that lie nearest to the places of a grid; of every unit where there
    are few.

    Raises:
        UnsupportedModel: the layer has no units with a known place.
        AnalysisError: a unit's gradient is zero or not finite everywhere.
    """
    known = None if seen.field is None else seen.field.layer(layer)
    if known is None or not known.spatial:
        raise UnsupportedModel(f"The units of {layer} have no place in the picture")
    rows, columns = (_spread(count) for count in known.grid)
    grid = cells_of(known.input_size)
    steps = np.empty((len(rows), len(columns), grid.rows, grid.columns), np.uint8)
    scale, radius = np.empty(steps.shape[:2], np.float32), np.empty(steps.shape[:2], np.float32)
    for number, (row, column) in enumerate(np.ndindex(*steps.shape[:2])):
        on_progress(number / scale.size)
        field = field_at(seen, layer, at=Cell(int(rows[row]), int(columns[column])), draws=DRAWS)
        height, width = field.map.shape
        block = (grid.rows, height // grid.rows, grid.columns, width // grid.columns)
        shares = field.map.reshape(block).sum((1, 3))
        scale[row, column] = shares.max() / 255
        steps[row, column] = np.rint(shares / scale[row, column])
        radius[row, column] = field.radius_90
    return FieldPlaces(layer, rows, columns, steps, scale, radius, grid)


def _spread(units: int) -> np.ndarray:
    """At most so many of the units, each in the middle of its share of them."""
    places = min(units, PLACES)
    return ((np.arange(places) + 0.5) * units / places).astype(np.int64)


def cells_of(input_size: tuple[int, int]) -> Grid:
    """The cells of the maps: as many as the input's sides can be divided into."""
    height, width = input_size
    rows, columns = (
        max(cells for cells in range(1, CELLS + 1) if side % cells == 0) for side in (height, width)
    )
    return Grid(rows, columns, height, width)
