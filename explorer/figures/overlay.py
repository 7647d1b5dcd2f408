"""What is drawn on top of a photograph: cells of a grid, boxes, points, and the layer that takes clicks.

Cells are exact: each covers the photograph's pixels that the input had there, for every way of fitting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.photo import add_shapes, rectangle
from explorer.figures.style import ACCENT, TAKES_CLICKS, UNSEEN, ColourScale
from explorer.geometry import Box, Cell, Frame, Grid, PhotoPoint

__all__ = [
    "Outline",
    "add_box",
    "add_boxes",
    "add_cells",
    "add_click_layer",
    "add_point",
    "cell_box",
    "click_layer",
    "edges",
]

WHITE = "#ffffff"


def edges(grid: Grid, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """The (columns + 1) x and (rows + 1) y coordinates of the cells' sides, in photograph pixels."""
    across = np.arange(grid.columns + 1) * grid.cell_width
    down = np.arange(grid.rows + 1) * grid.cell_height
    return (across - frame.column_offset) / frame.column_scale, (down - frame.row_offset) / frame.row_scale


def cell_box(cell: Cell, grid: Grid, frame: Frame) -> Box:
    """A cell's box in the photograph."""
    return frame.box_to_photo(grid.box_of(cell))


def add_cells(
    figure: go.Figure,
    values: np.ndarray,
    grid: Grid,
    frame: Frame,
    *,
    scale: ColourScale,
    panel: int = 0,
    opacity: float = 0.65,
    smooth: bool = False,
    name: str = "",
    coloraxis: str = "coloraxis",
) -> None:
    """Draw rows x columns values over the panel's photograph, each cell flat and exact.

    `smooth` blends neighbouring cells, for the eye only. The scale is set as the figure's colour axis;
    several maps with one scale are comparable.
    """
    x, y = edges(grid, frame)
    if smooth:
        x, y = (x[:-1] + x[1:]) / 2, (y[:-1] + y[1:]) / 2
    # Of a dictionary Plotly makes a trace, of a trace another one.
    trace = {
        "type": "heatmap",
        "z": np.asarray(scale.scaled(values), np.float32),
        "x": x,
        "y": y,
        "customdata": np.asarray(values, np.float32),
        "zsmooth": "best" if smooth else False,
        "coloraxis": coloraxis,
        "opacity": opacity,
        "name": name,
        "hovertemplate": f"%{{customdata:.3g}}<extra>{name}</extra>",
        "xaxis": f"x{panel + 1 if panel else ''}",
        "yaxis": f"y{panel + 1 if panel else ''}",
    }
    figure.add_traces([trace])
    if not figure.layout[coloraxis].cmax:
        figure.update_layout({coloraxis: scale.axis()})


@dataclass(frozen=True)
class Outline:
    """A box in photograph pixels as it is to be drawn, in one panel or several."""

    box: Box
    label: str = ""
    colour: str = ACCENT
    dash: str = "solid"
    width: float = 2.5
    panel: int | Iterable[int] = 0

    @property
    def panels(self) -> tuple[int, ...]:
        return (self.panel,) if isinstance(self.panel, int) else tuple(self.panel)


def add_box(figure: go.Figure, box: Box, **fields: Any) -> None:
    """Outline one box; `fields` are the other fields of `Outline`."""
    add_boxes(figure, [Outline(box, **fields)])


def add_boxes(figure: go.Figure, outlines: Iterable[Outline]) -> None:
    """Outline boxes, each with a pale seam so that it is seen on any ground, and label those that have a label.

    All at once: Plotly checks every shape of a figure anew whenever one is added.
    """
    shapes, labels = [], []
    for outline in outlines:
        # On a pale seam the dashes of a white outline would not be seen.
        seam = "rgba(29, 36, 51, 0.7)" if outline.colour == WHITE else "rgba(255, 255, 255, 0.85)"
        lines = (
            {"color": seam, "width": outline.width + 2},
            {"color": outline.colour, "width": outline.width, "dash": outline.dash},
        )
        shapes += [
            rectangle(outline.box, panel=panel, line=line) for panel in outline.panels for line in lines
        ]
        if outline.label:
            labels += [_label(figure, outline, panel) for panel in outline.panels]
    add_shapes(figure, shapes)
    if labels:
        figure.layout.annotations = [*figure.layout.annotations, *labels]


def _label(figure: go.Figure, outline: Outline, panel: int) -> dict[str, Any]:
    number = str(panel + 1) if panel else ""
    bottom, top = figure.layout[f"yaxis{number}"].range or (1.0, 0.0)
    # Above the box, but not above the photograph.
    inside = outline.box.top - top < 0.06 * (bottom - top)
    return {
        "xref": f"x{number}",
        "yref": f"y{number}",
        "x": outline.box.left,
        "y": outline.box.top,
        "text": outline.label,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "top" if inside else "bottom",
        "font": {"size": 11, "color": "white"},
        "bgcolor": outline.colour,
        "borderpad": 2,
    }


def add_point(
    figure: go.Figure, point: PhotoPoint, *, label: str = "", colour: str = ACCENT, panel: int = 0
) -> None:
    """Mark a point given in photograph pixels."""
    figure.add_trace(
        go.Scatter(
            x=[point.column],
            y=[point.row],
            mode="markers",
            marker={"symbol": "cross", "size": 12, "color": colour, "line": {"color": "white", "width": 1.5}},
            name=label,
            hoverinfo="name" if label else "skip",
            showlegend=False,
            xaxis=f"x{panel + 1 if panel else ''}",
            yaxis=f"y{panel + 1 if panel else ''}",
        )
    )


def click_layer(
    grid: Grid, frame: Frame, *, values: np.ndarray | None = None, unit: str = "", panel: int = 0
) -> dict[str, Any]:
    """A trace of unseen points over the cells' centres that take clicks; customdata is the cell's (row, column).

    Plotly lets a heatmap or an image be neither clicked nor selected. Cells whose centre is not in the
    photograph (a letterbox's margins) cannot be clicked. With `values`, rows x columns, hovering tells them.
    """
    x, y = edges(grid, frame)
    x, y = (x[:-1] + x[1:]) / 2, (y[:-1] + y[1:]) / 2
    rows, columns = (axis.ravel() for axis in np.mgrid[: grid.rows, : grid.columns])
    inside = (
        (x[columns] > 0) & (x[columns] < frame.photo_width) & (y[rows] > 0) & (y[rows] < frame.photo_height)
    )
    rows, columns = rows[inside], columns[inside]
    told: dict[str, Any] = {"hoverinfo": "none"}
    if values is not None:
        text = _said(np.asarray(values)[rows, columns], unit, rows, columns)
        told = {"hovertext": text, "hovertemplate": "%{hovertext}<extra></extra>"}
    return {
        "type": "scatter",
        "x": x[columns],
        "y": y[rows],
        **UNSEEN,
        # As objects, which Plotly takes as they are and writes as lists: of packed numbers no click tells any.
        "customdata": np.stack([rows, columns], -1).astype(object),
        **told,
        "name": "cells",
        "xaxis": f"x{panel + 1 if panel else ''}",
        "yaxis": f"y{panel + 1 if panel else ''}",
    }


def add_click_layer(
    figure: go.Figure,
    grid: Grid,
    frame: Frame,
    *,
    values: np.ndarray | None = None,
    unit: str = "",
    panel: int = 0,
) -> None:
    """Make the cells clickable: a click anywhere chooses the nearest."""
    figure.add_traces([click_layer(grid, frame, values=values, unit=unit, panel=panel)])
    if figure.layout.hoverdistance != -1:  # once for all panels
        figure.update_layout(TAKES_CLICKS)


def _said(values: np.ndarray, unit: str, rows: np.ndarray, columns: np.ndarray) -> list[str]:
    """What hovering over each cell tells, in words that count from 1."""
    return [
        f"{value:.3g} {unit}<br>row {row + 1}, column {column + 1}"
        for value, row, column in zip(values, rows, columns, strict=True)
    ]
