"""From picture to tokens, drawn: patches apart, embedding filters, the sequence, position codes."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.tokens import Filters, Positions, PositionSimilarity, Tokens
from explorer.figures import plot
from explorer.figures.overlay import add_box, add_cells, add_click_layer
from explorer.figures.photo import data_uri, picture_axes, place_picture
from explorer.figures.style import ACCENT, COLOURS, UNSEEN, ColourScale, blank, rgba
from explorer.formatting import percent
from explorer.geometry import Box, Cell, Frame, Grid

__all__ = [
    "filters_figure",
    "patches_figure",
    "position_figure",
    "positions_figure",
    "steps_figure",
]

GAP = 0.12
"""Space between two tiles, as a part of a tile."""


@plot.register(Tokens)
def patches_figure(tokens: Tokens, *, chosen: Cell | None = None, click: bool = True) -> go.Figure:
    """The picture cut into its patches; a chosen one is outlined, with its place in the sequence."""
    grid = tokens.tokens.grid
    cells = Grid(grid.rows, grid.columns, grid.rows, grid.columns)
    frame = Frame.fit((grid.rows, grid.columns), (grid.rows, grid.columns), how="squash")
    figure = blank(height=440, margin={"l": 4, "r": 4, "t": 20, "b": 4})
    whole = Box(0, 0, grid.rows, grid.columns)
    picture_axes(figure, whole)
    place_picture(figure, data_uri(_tiled(tokens.patches, grid.columns), exact=True, largest=4096), whole)
    if click:
        add_click_layer(figure, cells, frame)
    if chosen is not None:
        add_box(
            figure,
            cells.box_of(chosen),
            label=f"token {tokens.tokens.index(chosen) + 1} of {len(tokens.tokens)}",
        )
    return figure


@plot.register(Filters)
def filters_figure(
    filters: Filters,
    *,
    which: Literal["filters", "components"] = "components",
    count: int = 64,
    columns: int | None = None,
) -> go.Figure:
    """The first `count` embedding filters, or their principal components, as tiles.

    Each tile is scaled on its own: grey is 0, its largest entry of either sign reaches the end of the range.
    """
    tiles = filters.weights[:count] if which == "filters" else filters.components[:count]
    columns = columns or min(len(tiles), 16 if len(tiles) > 32 else 7)
    largest = np.abs(tiles).max((1, 2, 3), keepdims=True)
    drawn = np.round(127.5 + 127.5 * tiles / np.maximum(largest, 1e-12)).astype(np.uint8)
    # A few pixels each: enlarged here, since browsers would blur them.
    drawn = drawn.repeat(_times(drawn), axis=1).repeat(_times(drawn), axis=2)
    rows = math.ceil(len(tiles) / columns)
    figure = blank(
        height=min(520, max(180, round(760 * rows / columns) + 30)), margin={"l": 4, "r": 4, "t": 8, "b": 4}
    )
    whole = Box(0, 0, rows, columns)
    picture_axes(figure, whole)
    place_picture(figure, data_uri(_tiled(drawn, columns), exact=True, largest=4096), whole)
    at = np.arange(len(tiles))
    if which == "components":
        labels = [f"component {i + 1}: {percent(filters.explained[i])} of the variance" for i in at]
    else:
        labels = [f"filter {i + 1}: largest entry {largest[i].item():.3g}" for i in at]
    figure.add_trace(
        go.Scatter(
            x=at % columns + 0.5,
            y=at // columns + 0.5,
            **UNSEEN,
            hovertext=labels,
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    figure.update_layout(hoverdistance=-1, dragmode=False)
    return figure


@plot.register(Positions)
def plot_positions(positions: Positions, *, cell: Cell | None = None, **options: Any) -> go.Figure:
    """The similarities as a grid of grids, or of the code of one `cell` only."""
    return (
        positions_figure(positions, **options)
        if cell is None
        else position_figure(positions, cell, **options)
    )


def positions_figure(positions: Positions, *, largest: int = 8) -> go.Figure:
    """For patches across the picture, their position code's similarity with all others' (ViT paper, fig. 7).

    At most `largest` x `largest` patches are shown, evenly chosen; each small map lies where its patch lies.

    Raises:
        AnalysisError: the model adds no position codes.
    """
    grid = positions.tokens.grid
    rows, columns = (_chosen(count, largest) for count in (grid.rows, grid.columns))
    high, wide = grid.rows + 1, grid.columns + 1
    similarities = positions.similarities()
    canvas = np.full((len(rows) * high - 1, len(columns) * wide - 1), np.nan, np.float32)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            top, left = i * high, j * wide
            similarity = similarities.of(row, column)
            canvas[top : top + grid.rows, left : left + grid.columns] = similarity
    figure = blank(height=520, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    picture_axes(figure, Box(-0.5, -0.5, canvas.shape[0] - 0.5, canvas.shape[1] - 0.5))
    figure.add_trace(
        go.Heatmap(
            z=canvas, coloraxis="coloraxis", hoverongaps=False, hovertemplate="cosine %{z:.3g}<extra></extra>"
        )
    )
    figure.update_layout(coloraxis=ColourScale(-1.0, 1.0, "cosine with the patch's own code").axis())
    ticks = {"showticklabels": True, "tickmode": "array"}
    figure.update_xaxes(
        tickvals=[j * wide + grid.columns / 2 - 0.5 for j in range(len(columns))],
        ticktext=[column + 1 for column in columns],
        side="top",
        **ticks,
    )
    figure.update_yaxes(
        tickvals=[i * high + grid.rows / 2 - 0.5 for i in range(len(rows))],
        ticktext=[row + 1 for row in rows],
        **ticks,
    )
    figure.update_layout(xaxis_title="patch's column", yaxis_title="patch's row")
    return figure


def position_figure(positions: Positions, cell: Cell, *, click: bool = True) -> go.Figure:
    """The similarity of one patch's position code with all others'.

    Raises:
        AnalysisError: the model adds no position codes.
    """
    grid = positions.tokens.grid
    cells = Grid(grid.rows, grid.columns, grid.rows, grid.columns)
    frame = Frame.fit((grid.rows, grid.columns), (grid.rows, grid.columns), how="squash")
    values = positions.similarity(cell)
    figure = blank(height=420, margin={"l": 4, "r": 4, "t": 8, "b": 4})
    picture_axes(figure, Box(0, 0, grid.rows, grid.columns))
    scale = ColourScale(-1.0, 1.0, "cosine with the chosen patch's code")
    add_cells(figure, values, cells, frame, scale=scale, opacity=1.0)
    add_box(figure, cells.box_of(cell))
    if click:
        add_click_layer(figure, cells, frame, values=values)
    return figure


@plot.register(PositionSimilarity)
def _similarity_figure(result: PositionSimilarity) -> go.Figure:
    return position_figure(result.positions, result.cell)


def steps_figure(tokens: Tokens) -> go.Figure:
    """The way from the picture to the prediction, each step with the shape of what leaves it."""
    steps = tokens.steps
    figure = blank(height=52 * len(steps) + 16, margin={"l": 4, "r": 4, "t": 4, "b": 4})
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[len(steps), 0])
    # An empty trace makes the axes real, so that shapes and texts have something to refer to.
    figure.add_trace(
        go.Scatter(x=[0], y=[0], mode="markers", marker_opacity=0, hoverinfo="skip", showlegend=False)
    )
    for at, step in enumerate(steps):
        figure.add_shape(
            type="rect",
            x0=0.0,
            x1=1.0,
            y0=at + 0.08,
            y1=at + 0.84,
            fillcolor=rgba(COLOURS[0], 0.12),
            line={"color": rgba(COLOURS[0], 0.5), "width": 1},
        )
        shape = " × ".join(f"{side:,}" for side in step.shape)
        figure.add_annotation(
            x=0.015,
            y=at + 0.46,
            xanchor="left",
            showarrow=False,
            align="left",
            text=f"<b>{step.name}</b><br>{step.what}",
        )
        figure.add_annotation(
            x=0.985, y=at + 0.28, xanchor="right", showarrow=False, text=f"<b>{shape}</b>", font={"size": 13}
        )
        if at:
            figure.add_annotation(
                x=0.5,
                y=at - 0.04,
                text="▾",
                showarrow=False,
                font={"size": 13, "color": ACCENT},
                yanchor="middle",
            )
    return figure


def _tiled(tiles: np.ndarray, columns: int) -> np.ndarray:
    """Tiles (count x P x P x 3) laid out row by row, apart, on a transparent ground in equal cells."""
    count, high, wide, _ = tiles.shape
    rows = math.ceil(count / columns)
    gap = max(1, round(GAP / 2 * min(high, wide)))
    canvas = np.zeros((rows, columns, high + 2 * gap, wide + 2 * gap, 4), np.uint8)
    flat = canvas.reshape(rows * columns, *canvas.shape[2:])
    flat[:count, gap : gap + high, gap : gap + wide, :3] = tiles
    flat[:count, gap : gap + high, gap : gap + wide, 3] = 255
    return (
        flat.reshape(canvas.shape)
        .swapaxes(1, 2)
        .reshape(rows * canvas.shape[2], columns * canvas.shape[3], 4)
    )


def _times(tiles: np.ndarray) -> int:
    return max(1, 48 // tiles.shape[1])


def _chosen(count: int, largest: int) -> list[int]:
    """At most `largest` of 0 … count - 1 in equal steps, as central as they can be."""
    step = math.ceil(count / largest)
    chosen = range(0, count, step)
    return [at + (count - 1 - chosen[-1]) // 2 for at in chosen]
