"""Networks side by side: right answers with their spread, parameters, time."""

from __future__ import annotations

import numpy as np
from plotly import graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.accuracy import AccuracyByTiles, NetworksCompared
from explorer.figures import plot
from explorer.figures.style import COLOURS, styled

__all__ = ["compared_figure", "tiles_figure"]


@plot.register(NetworksCompared)
def compared_figure(result: NetworksCompared) -> go.Figure:
    """A row for each network: top-1 accuracy as a point with its spread, parameters and milliseconds a picture as bars.
    What is NaN is left empty."""
    names = list(result.names)
    titles = ("top-1 accuracy", "parameters", "ms each")
    figure = make_subplots(
        1,
        3,
        subplot_titles=titles,
        shared_yaxes=True,
        horizontal_spacing=0.05,
        column_widths=[0.44, 0.28, 0.28],
    )
    middle, low, high = result.accuracy.T
    figure.add_trace(
        go.Scatter(
            x=middle,
            y=names,
            mode="markers",
            marker={"size": 11, "color": COLOURS[0]},
            error_x={
                "type": "data", "symmetric": False, "array": high - middle, "arrayminus": middle - low,
                "thickness": 2, "width": 6, "color": COLOURS[0],
            },
            customdata=np.stack([low, high], -1),
            hovertemplate="%{y}: %{x:.1%} (%{customdata[0]:.1%} to %{customdata[1]:.1%})<extra></extra>",
        ),
        1,
        1,
    )  # fmt: skip
    for column, values, hover in (
        (2, result.parameters, "%{x:.3s}"),
        (3, result.milliseconds, "%{x:.3g} ms"),
    ):
        figure.add_trace(
            go.Bar(
                x=values,
                y=names,
                orientation="h",
                width=0.5,
                marker_color=COLOURS[5],
                hovertemplate=f"%{{y}}: {hover}<extra></extra>",
            ),
            1,
            column,
        )
    figure.update_xaxes(tickformat=".0%", nticks=5, col=1)
    figure.update_xaxes(rangemode="tozero", nticks=3, tickformat="~s", col=2)
    figure.update_xaxes(rangemode="tozero", nticks=3, tickformat="~g", col=3)
    figure.update_xaxes(tickangle=0)
    figure.update_yaxes(autorange="reversed")
    figure.update_annotations(font_size=12)
    return styled(figure, height=110 + 44 * len(names)).update_layout(showlegend=False)


@plot.register(AccuracyByTiles)
def tiles_figure(result: AccuracyByTiles, *, chance: float) -> go.Figure:
    """Top-1 accuracy against the number of tiles a side: for each model a curve with its band, and a dotted line for
    chance."""
    tiles = result.tiles
    figure = go.Figure()
    sides = sorted({side for accuracies in tiles.values() for side in accuracies})
    for at, (name, values) in enumerate(result.accuracy.items()):
        middle, low, high = values.T
        figure.add_trace(
            go.Scatter(
                x=tiles[name],
                y=middle,
                mode="lines+markers",
                name=name,
                line={"color": COLOURS[at], "width": 2.2},
                error_y={
                    "type": "data", "symmetric": False, "array": high - middle, "arrayminus": middle - low,
                    "thickness": 1.4, "width": 4,
                },
                hovertemplate=f"{name}, %{{x}} x %{{x}} tiles: %{{y:.1%}}<extra></extra>",
            )
        )  # fmt: skip
    figure.add_hline(y=chance, line_dash="dot", line_color=COLOURS[5])
    figure.update_xaxes(
        title_text="tiles", type="log", tickvals=sides, ticktext=[f"{side} × {side}" for side in sides]
    )
    figure.update_yaxes(title_text="top-1 accuracy", tickformat=".0%", range=[0, 1])
    return styled(figure, height=360)
