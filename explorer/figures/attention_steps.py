"""All steps of self-attention side by side, and a photograph on which a token can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.self_attention import STEPS, SelfAttention
from explorer.figures.overlay import click_layer
from explorer.figures.self_attention import tick_labels
from explorer.figures.style import ACCENT, colour_scale, styled
from explorer.geometry import Frame, TokenLayout

__all__ = ["overview_figure", "tokens_to_click"]

ACROSS = 5
LABELLED = 16
"""Up to so many tokens their names fit beside a small map."""


def overview_figure(
    attention: SelfAttention, *, head: int = 0, query: int = 0, names: Sequence[str] = ()
) -> go.Figure:
    """Every step as a small heatmap with its own colour bar, in the order of the computation; the query's row is
    outlined in each."""
    steps = [attention.step(name, head) for name in STEPS]
    deep = -(-len(steps) // ACROSS)
    figure = make_subplots(
        deep,
        ACROSS,
        subplot_titles=[
            f"<b>{each.name}</b> {' × '.join(map(str, each.values.shape))}<br>{each.formula}"
            for each in steps
        ],
        horizontal_spacing=0.055,
        vertical_spacing=0.2,
    )
    for number, step in enumerate(steps):
        row, column = number // ACROSS + 1, number % ACROSS + 1
        values = np.where(np.isfinite(step.values), step.values, np.nan)
        scale = colour_scale(values, unit="", diverging=step.name != "weights")
        figure.add_trace(
            go.Heatmap(
                z=values,
                coloraxis=f"coloraxis{number + 1 if number else ''}",
                name=step.name,
                hovertemplate="%{y}, %{x}<br>%{z:.4g}<extra>" + step.name + "</extra>",
            ),
            row=row,
            col=column,
        )
        axis = figure.layout[f"xaxis{number + 1 if number else ''}"]
        rows = figure.layout[f"yaxis{number + 1 if number else ''}"]
        bar = {
            "orientation": "v",
            "x": axis.domain[1] + 0.002,
            "xanchor": "left",
            "xpad": 0,
            "y": sum(rows.domain) / 2,
            "yanchor": "middle",
            "len": rows.domain[1] - rows.domain[0],
            "ypad": 0,
            "thickness": 6,
            "nticks": 4,
            "tickfont": {"size": 9},
            "ticklen": 2,
            "title": None,
        }
        figure.update_layout({f"coloraxis{number + 1 if number else ''}": scale.axis(**bar)})
        figure.add_shape(
            type="rect",
            x0=-0.5,
            x1=values.shape[1] - 0.5,
            y0=query - 0.5,
            y1=query + 0.5,
            line={"color": ACCENT, "width": 2},
            row=row,
            col=column,
        )
        shown = attention.tokens <= LABELLED and column == 1
        figure.update_yaxes(
            autorange="reversed",
            **(tick_labels(names, attention.tokens) if shown else {"showticklabels": False}),
            row=row,
            col=column,
        )
    figure.update_xaxes(showticklabels=False, ticks="")
    figure.update_annotations(font_size=12)
    figure.update_yaxes(ticks="", tickfont_size=11)
    return styled(figure, height=560).update_layout(margin={"t": 56, "r": 34})


def tokens_to_click(figure: go.Figure, tokens: TokenLayout, frame: Frame, values: np.ndarray) -> None:
    """Make the photograph's cells clickable; a marker's customdata is its token's place."""
    layer = click_layer(tokens.grid, frame, values=values)
    layer.customdata = [
        [tokens.prefix + row * tokens.grid.columns + column] for row, column in layer.customdata
    ]
    figure.add_trace(layer)
    figure.update_layout(clickmode="event+select", dragmode=False, hovermode="closest", hoverdistance=-1)
