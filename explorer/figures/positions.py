"""Positions drawn: the grid of grids, the waves of the sine code, the bias of offsets."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.positions import CodeSimilarity
from explorer.figures.style import ACCENT, COLOURS, ColourScale, blank, colour_scale

__all__ = ["bias_figure", "similarity_figure", "wavelengths_figure"]

COSINE = ColourScale(-1.0, 1.0, "cosine", colours="RdBu_r")


def similarity_figure(similarity: CodeSimilarity, *, position: tuple[int, int] | None = None) -> go.Figure:
    """A small grid for each position, at its place: its code's cosine with every other. With `position` (row,
    column from 0) that one alone, large."""
    rows, columns = similarity.grid
    if position is not None:
        figure = blank(height=420, coloraxis=COSINE.axis(), margin={"b": 76})
        figure.add_trace(go.Heatmap(z=similarity.of(*position), coloraxis="coloraxis"))
        figure.add_shape(
            type="rect",
            x0=position[1] - 0.5,
            x1=position[1] + 0.5,
            y0=position[0] - 0.5,
            y1=position[0] + 0.5,
            line={"color": ACCENT, "width": 2},
        )
        figure.update_xaxes(title_text="column", side="top")
        figure.update_yaxes(title_text="row", autorange="reversed", scaleanchor="x")
        return figure
    high, wide = rows + 1, columns + 1
    mosaic = np.full((rows * high - 1, columns * wide - 1), np.nan)
    said = np.full(mosaic.shape, "", dtype=object)
    for row in range(rows):
        for column in range(columns):
            at = slice(row * high, row * high + rows), slice(column * wide, column * wide + columns)
            mosaic[at] = similarity.cosine[row, column]
            said[at] = f"position {row + 1}, {column + 1}"
    figure = blank(height=620, coloraxis=COSINE.axis(), margin={"b": 76})
    figure.add_trace(
        go.Heatmap(
            z=mosaic,
            customdata=said,
            coloraxis="coloraxis",
            hoverongaps=False,
            hovertemplate="%{customdata}: %{z:.3f}<extra></extra>",
        )
    )
    middle = np.arange(rows) * high + (rows - 1) / 2, np.arange(columns) * wide + (columns - 1) / 2
    figure.update_yaxes(
        title_text="row",
        autorange="reversed",
        scaleanchor="x",
        tickvals=middle[0],
        ticktext=list(range(1, rows + 1)),
    )
    figure.update_xaxes(
        title_text="column", side="top", tickvals=middle[1], ticktext=list(range(1, columns + 1))
    )
    return figure


def wavelengths_figure(code: np.ndarray) -> go.Figure:
    """The sine code, positions x dimensions, as a picture: each column a wave, longer and longer."""
    figure = blank(
        height=380, coloraxis=colour_scale(code, unit="code", diverging=True).axis(), margin={"b": 76}
    )
    figure.add_trace(go.Heatmap(z=code, coloraxis="coloraxis"))
    figure.update_xaxes(title_text="dimension", side="top")
    figure.update_yaxes(title_text="position", autorange="reversed")
    return figure


def bias_figure(table: np.ndarray, *, head: int = 0) -> go.Figure:
    """What one head adds to a score for each offset of rows and columns; `table` is heads x offsets x offsets."""
    values = table[head]
    rows, columns = ((np.arange(side) - side // 2) for side in values.shape)
    scale = colour_scale(table, unit="added to the score", diverging=True)
    figure = blank(height=420, coloraxis=scale.axis(), margin={"b": 76})
    figure.add_trace(go.Heatmap(z=values, x=columns, y=rows, coloraxis="coloraxis"))
    figure.add_trace(
        go.Scatter(
            x=[0], y=[0], mode="markers", marker={"color": COLOURS[5], "symbol": "x"}, hoverinfo="skip"
        )
    )
    figure.update_xaxes(title_text="columns to the right of the query", side="top")
    figure.update_yaxes(title_text="rows below the query", autorange="reversed", scaleanchor="x")
    return figure
