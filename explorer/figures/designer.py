"""A stack of layers: a cut through it that shows what one unit of each layer sees."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.analysis.receptive_field import LayerField
from explorer.figures.receptive_field import pixels_text
from explorer.figures.style import ACCENT, COLOURS, blank, rgba
from explorer.geometry import Cell, InputPoint

__all__ = ["stack_figure"]

SHORT = 26
"""Characters of a layer's text beside its bar."""
DRAWN = 400
"""Units of a layer drawn apart; of more, only a bar is seen."""


def stack_figure(
    layers: Sequence[LayerField], *, at: InputPoint | None = None, chosen: str | None = None
) -> go.Figure:
    """A cut along the columns, the picture below and the last layer on top.

    Each layer's units stand at the middles of their fields. The bar is what the unit nearest to `at` (the
    middle of the picture if left out) sees of the picture; what reaches over an edge sees padding.
    """
    height, width = layers[0].input_size
    at = at or InputPoint(height / 2, width / 2)
    figure = blank(height=max(260, 90 + 34 * (len(layers) + 1)))
    figure.add_trace(
        go.Scatter(
            x=[0, width],
            y=[0, 0],
            mode="lines",
            line={"color": COLOURS[5], "width": 8},
            name="the picture",
            hovertemplate=f"{width} px<extra>the picture</extra>",
        )
    )
    for number, layer in enumerate(layers, start=1):
        cell = layer.cell_at(at)
        box = layer.box(cell, clipped=False)
        colour = ACCENT if layer.name == chosen else COLOURS[0]
        figure.add_trace(
            go.Bar(
                x=[box.width],
                base=[box.left],
                y=[number],
                width=0.62,
                orientation="h",
                marker={"color": rgba(colour, 0.45), "line": {"color": colour, "width": 1.5}},
                hovertemplate=f"columns {box.left:g} to {box.right:g}<extra>{layer.name}</extra>",
                showlegend=False,
            )
        )
        columns = layer.grid[1]
        if columns <= DRAWN:
            middles = [layer.centre(Cell(cell.row, column)).column for column in range(columns)]
            figure.add_trace(
                go.Scatter(
                    x=middles,
                    y=[number] * columns,
                    mode="markers",
                    marker={"size": 3, "color": COLOURS[5]},
                    hoverinfo="skip",
                    name="units",
                    showlegend=number == 1,
                )
            )
    for edge in (0, width):
        figure.add_vline(x=edge, line={"color": COLOURS[5], "dash": "dot", "width": 1})
    figure.update_xaxes(title_text="column of the picture (px)")
    figure.update_yaxes(
        tickvals=list(range(len(layers) + 1)),
        ticktext=["picture", *(f"{_short(layer.name)} · {pixels_text(layer.size)}" for layer in layers)],
        range=[-0.5, len(layers) + 0.6],
        showgrid=False,
    )
    return figure.update_layout(barmode="overlay")


def _short(name: str) -> str:
    return name if len(name) <= SHORT else f"{name[: SHORT - 1]}…"
