"""What a pixel's distribution can depend on, drawn for each network."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.writing_reach import ReachesCompared, WritingReach
from explorer.figures import plot
from explorer.figures.canvas import pixel_frame
from explorer.figures.generation import add_heat, panels
from explorer.figures.style import COLOURS, colour_scale
from explorer.formatting import percent

__all__ = ["plot_reach", "reach_figure"]


@plot.register(WritingReach)
def plot_reach(result: WritingReach, **options: Any) -> go.Figure:
    """One network's reach alone."""
    return reach_figure(ReachesCompared((result,)), **options)


@plot.register(ReachesCompared)
def reach_figure(compared: ReachesCompared, *, columns: int | None = None, log: bool = True) -> go.Figure:
    """What each kind of network can look back at from one pixel: strength of the gradient where there is any,
    hatched where pixels are written and out of reach."""
    results = compared.networks
    titles = [f"{result.title}<br>{percent(result.share)} of what is written" for result in results]
    marks = [
        mark
        for panel, result in enumerate(results)
        for mark in pixel_frame((result.row, result.column, 0), channels=1, panel=panel)
    ]
    figure = panels(titles, results[0].strength.shape, columns=columns, title_lines=2, shapes=marks)
    shares = [result.strength / max(result.strength.max(), 1e-30) for result in results]
    positive = np.concatenate([share[share > 0] for share in shares] or [np.ones(1)])
    scale = colour_scale(positive, unit="gradient, share of the largest", log=log)
    for panel, (result, share) in enumerate(zip(results, shares, strict=True)):
        add_heat(figure, np.where(result.seen, share, np.nan), scale, panel)
        rows, columns_ = np.nonzero(result.blind)
        figure.add_trace(
            go.Scatter(
                x=columns_ + 0.5,
                y=rows + 0.5,
                mode="markers",
                marker={"symbol": "x-thin", "size": 5, "line": {"width": 1, "color": COLOURS[6]}},
                name="generated, outside the receptive field",
                legendgroup="blind",
                showlegend=False,
                hovertemplate="generated, outside the receptive field<extra></extra>",
                xaxis=f"x{panel + 1 if panel else ''}",
                yaxis=f"y{panel + 1 if panel else ''}",
            )
        )
    figure.update_layout(coloraxis=scale.axis())
    return figure
