"""All steps of self-attention side by side, how far a change moves tokens, and a photograph whose tokens can be
clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.self_attention_results import AllSteps, TokensMoved
from explorer.figures import plot
from explorer.figures.overlay import click_layer
from explorer.figures.photo import panel_title, rectangle, spans
from explorer.figures.self_attention import tick_labels, token_labels
from explorer.figures.style import ACCENT, COLOURS, TAKES_CLICKS, blank, colour_scale
from explorer.geometry import Box, Frame, TokenLayout

__all__ = ["moved_figure", "overview_figure", "tokens_to_click"]

ACROSS = 5
LABELLED = 16
"""Up to so many tokens their names fit beside a small map."""


@plot.register(AllSteps)
def overview_figure(result: AllSteps, *, query: int = 0, names: Sequence[str] = ()) -> go.Figure:
    """Every step as a small heatmap with its own colour bar, in the order of the computation; the query's row is
    outlined in each."""
    attention, steps = result.attention, result.steps
    across, down = spans(ACROSS, 0.055), spans(-(-len(steps) // ACROSS), 0.2)[::-1]
    # Made of one dictionary: Plotly would check all axes anew for each that is set.
    layout: dict[str, Any] = {"annotations": [], "shapes": []}
    maps = []
    for panel, step in enumerate(steps):
        x, y = across[panel % ACROSS], down[panel // ACROSS]
        number = str(panel + 1) if panel else ""
        values = np.where(np.isfinite(step.values), step.values, np.nan)
        maps.append(
            go.Heatmap(
                z=values,
                coloraxis=f"coloraxis{number}",
                name=step.name,
                hovertemplate="%{y}, %{x}<br>%{z:.3g}<extra>" + step.name + "</extra>",
                xaxis=f"x{number}",
                yaxis=f"y{number}",
            )
        )
        bar = {
            "orientation": "v",
            "x": x[1] + 0.002,
            "xanchor": "left",
            "xpad": 0,
            "y": sum(y) / 2,
            "yanchor": "middle",
            "len": y[1] - y[0],
            "ypad": 0,
            "thickness": 6,
            "nticks": 4,
            "tickfont": {"size": 9},
            "ticklen": 2,
            "title": None,
        }
        shown = attention.tokens <= LABELLED and panel % ACROSS == 0
        names_beside = tick_labels(names, attention.tokens) if shown else {"showticklabels": False}
        layout[f"coloraxis{number}"] = colour_scale(values, unit="", diverging=step.name != "weights").axis(
            **bar
        )
        layout[f"xaxis{number}"] = {
            "anchor": f"y{number}", "domain": x, "showticklabels": False, "ticks": "",
        }  # fmt: skip
        layout[f"yaxis{number}"] = {
            "anchor": f"x{number}", "domain": y, "autorange": "reversed", "ticks": "",
            "tickfont": {"size": 11}, **names_beside,
        }  # fmt: skip
        title = f"<b>{step.name}</b> {' × '.join(map(str, step.values.shape))}<br>{step.formula}"
        layout["annotations"].append(panel_title(title, x, y))
        row = Box(query - 0.5, -0.5, query + 0.5, values.shape[1] - 0.5)
        layout["shapes"].append(rectangle(row, panel=panel, line={"color": ACCENT, "width": 2}))
    margin = {"t": 56, "r": 34}
    return go.Figure(maps, {"template": "explorer", "height": 560, "margin": margin, **layout})


@plot.register(TokensMoved)
def moved_figure(result: TokensMoved) -> go.Figure:
    """How far a change moved each token's output of the layer, as a share of its length."""
    attention = result.attention
    figure = blank(height=300)
    figure.add_trace(
        go.Bar(
            x=np.arange(attention.tokens),
            y=attention.moved,
            marker={"color": COLOURS[0]},
            customdata=token_labels(result.names, attention.tokens),
            hovertemplate="%{customdata}: %{y:.3g}<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="token", **tick_labels(result.names, attention.tokens))
    figure.update_yaxes(title_text="change of the output / its length", rangemode="tozero")
    return figure


def tokens_to_click(figure: go.Figure, tokens: TokenLayout, frame: Frame, values: np.ndarray) -> None:
    """Make the photograph's cells clickable; a marker's customdata is its token's place."""
    layer = click_layer(tokens.grid, frame, values=values)
    layer["customdata"] = [
        [tokens.prefix + row * tokens.grid.columns + column] for row, column in layer["customdata"]
    ]
    figure.add_traces([layer])
    figure.update_layout(TAKES_CLICKS)
