"""A picture as cells, and what a cell of it reaches and weighs in each layer, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.layer_looks import LayerLook
from explorer.analysis.layers_compared import ReachOfLayers, WeightsOfLayers
from explorer.figures import plot
from explorer.figures.photo import add_shapes, data_uri, panel_grid, picture_axes, place_picture, rectangle
from explorer.figures.style import (
    ACCENT,
    COLOURS,
    TAKES_CLICKS,
    UNSEEN,
    ColourScale,
    blank,
    colour_scale,
    rgba,
)
from explorer.formatting import percent
from explorer.geometry import Box, Cell

__all__ = ["cells_figure", "reach_figure", "weights_figure"]

FAINTEST = 1e-4
"""Of the largest weight: smaller ones have the darkest colour."""
ACROSS, MAP, ABOVE = 4, 150, 56
"""Maps in a row, the pixels of one, and those above it for its title in up to three lines."""


def cells_figure(pixels: np.ndarray, cell: Cell) -> go.Figure:
    """The picture (rows x columns x 3, uint8), a square a cell; a click chooses its (row, column)."""
    rows, columns = pixels.shape[:2]
    figure = blank(height=380, margin={"l": 4, "r": 4, "t": 6, "b": 6})
    large = max(1, 360 // max(rows, columns))
    picture_axes(figure, Box(0, 0, rows, columns))
    place_picture(
        figure, data_uri(pixels.repeat(large, 0).repeat(large, 1), exact=True), Box(0, 0, rows, columns)
    )
    down, across = (axis.ravel() for axis in np.mgrid[:rows, :columns])
    figure.add_trace(
        go.Scatter(
            x=across + 0.5,
            y=down + 0.5,
            **UNSEEN,
            customdata=np.stack([down, across], -1).tolist(),
            hovertemplate="row %{customdata[0]}, column %{customdata[1]}, from 0<extra></extra>",
            name="cells",
        )
    )
    add_shapes(figure, _mark(cell))
    return figure.update_layout(TAKES_CLICKS)


@plot.register(ReachOfLayers)
def reach_figure(result: ReachOfLayers) -> go.Figure:
    """Cells in reach, and out of it, for each layer."""
    looks = result.looks
    figure = _maps([f"{_lines(look.title)}<br>{percent(look.share)}" for look in looks], looks)
    for panel, look in enumerate(looks):
        _heat(figure, look.can.astype(float), panel, "")
    colours = [[0, rgba(COLOURS[5], 0.14)], [1, COLOURS[0]]]
    return figure.update_layout(coloraxis={"cmin": 0, "cmax": 1, "colorscale": colours, "showscale": False})


@plot.register(WeightsOfLayers)
def weights_figure(result: WeightsOfLayers, *, log: bool = False) -> go.Figure:
    """The share of the weight on each cell, one scale for all; empty where nothing can reach."""
    looks = result.looks
    shown = [np.where(look.can, look.does, np.nan) for look in looks]
    scale: ColourScale = colour_scale(np.stack(shown), unit="share of the weight", log=log)
    if log:  # beyond that far a softmax is zero to the eye, and the rest would have one colour
        scale = replace(scale, low=max(scale.low, scale.high * FAINTEST))
    figure = _maps([_lines(look.title) for look in looks], looks)
    for panel, values in enumerate(shown):
        _heat(figure, scale.scaled(values), panel, "%{customdata:.3g}", values)
    figure.update_layout(coloraxis=scale.axis(), height=figure.layout.height + 54)
    return figure


def _lines(title: str) -> str:
    """In two lines, to stand above a narrow map."""
    return title.replace(" ", "<br>", 1)


def _maps(titles: Sequence[str], looks: Sequence[LayerLook]) -> go.Figure:
    """An empty map for each, framed, its cell marked."""
    columns, box = min(ACROSS, len(titles)), Box(0, 0, *looks[0].can.shape)
    down = -(-len(titles) // columns)
    height = down * (MAP + ABOVE)
    frame = {"line": {"color": "rgba(128, 136, 150, 0.7)", "width": 1}}
    shapes = [
        shape
        for panel, look in enumerate(looks)
        for shape in (rectangle(box, panel=panel, **frame), *_mark(look.cell, panel))
    ]
    gaps = 0.02, ABOVE / height if down > 1 else 0.0
    return panel_grid(
        titles, box, columns=columns, height=height, gaps=gaps, above=ABOVE, font=11, shapes=shapes
    )


def _heat(
    figure: go.Figure, values: np.ndarray, panel: int, hover: str, data: np.ndarray | None = None
) -> None:
    number = str(panel + 1) if panel else ""
    trace = {
        "type": "heatmap",
        "z": np.asarray(values, np.float32),
        "customdata": None if data is None else np.asarray(data, np.float32),
        "x": np.arange(values.shape[1] + 1),
        "y": np.arange(values.shape[0] + 1),
        "coloraxis": "coloraxis",
        "hovertemplate": f"{hover}<extra></extra>" if hover else None,
        "hoverinfo": None if hover else "skip",
        "hoverongaps": False,
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
    }
    figure.add_traces([trace])  # of a dictionary, or Plotly makes every trace twice


def _mark(cell: Cell, panel: int = 0) -> list[dict[str, Any]]:
    box = Box(cell.row, cell.column, cell.row + 1, cell.column + 1)
    return [
        rectangle(box, panel=panel, line={"color": colour, "width": width})
        for colour, width in (("white", 4.0), (ACCENT, 2.0))
    ]
