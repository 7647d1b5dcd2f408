"""The same place in several networks, side by side, each map as a share of its largest cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from explorer.figures.overlay import add_box, add_cells
from explorer.figures.photo import photo_grid
from explorer.figures.style import ColourScale
from explorer.geometry import Box, Frame, Grid

__all__ = ["Side", "sides_figure"]

UNIT = "share of each map's largest cell"


@dataclass(frozen=True, eq=False)
class Side:
    """One network's map."""

    title: str
    values: np.ndarray
    """Rows x columns; NaN where there is no cell of the picture."""
    grid: Grid
    frame: Frame
    box: Box | None = None
    """In photograph pixels: the theoretical field, or the query's patch."""


def sides_figure(sides: Sequence[Side], pixels: np.ndarray, *, log: bool = False) -> go.Figure:
    """A photograph for each side, with its map and its box."""
    frame = sides[0].frame
    figure = photo_grid(pixels, frame, titles=[side.title for side in sides])
    scale = ColourScale(1e-3 if log else 0.0, 1.0, UNIT, log=log, notes=("logarithmic",) if log else ())
    for panel, side in enumerate(sides):
        shares = side.values / np.nanmax(side.values)
        add_cells(figure, shares, side.grid, side.frame, scale=scale, panel=panel, name=side.title)
        if side.box is not None:
            add_box(figure, side.box, panel=panel)
    return figure
