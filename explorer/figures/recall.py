"""Recall against the number of objects, or against their size."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.analysis.average_precision import AveragePrecision
from explorer.analysis.recall import RecallCurve
from explorer.figures import plot
from explorer.figures.style import COLOURS, blank

__all__ = ["average_precision_figure", "recall_figure"]


@plot.register(RecallCurve)
def recall_figure(result: RecallCurve, *, queries: int | None = None) -> go.Figure:
    """The curve, with the most that so many queries could find; `queries` marks their number."""
    figure = blank(height=360)
    if (result.bound < 1).any():
        figure.add_trace(
            go.Scatter(
                x=result.at,
                y=result.bound,
                name="upper bound: queries / objects",
                mode="lines",
                line={"color": COLOURS[5], "dash": "dash"},
            )
        )
    figure.add_trace(
        go.Scatter(
            x=result.at,
            y=result.recall,
            name="recall",
            mode="lines+markers",
            line={"color": COLOURS[0]},
            customdata=result.objects,
            hovertemplate="%{y:.3g} of %{customdata} objects<extra></extra>",
        )
    )
    if queries is not None:
        figure.add_vline(
            x=queries, line={"color": COLOURS[1], "dash": "dot"}, annotation_text=f"{queries} queries"
        )
    figure.update_layout(
        xaxis={"title": result.subject}, yaxis={"title": "share of the objects found", "range": [0, 1.03]}
    )
    return figure


@plot.register(AveragePrecision)
def average_precision_figure(result: AveragePrecision) -> go.Figure:
    """Average precision of each kind, such as by size, as bars; what could not be measured (below 0) is left
    out."""
    shown = {name: value for name, value in result.values.items() if value >= 0}
    figure = blank(height=320)
    figure.add_trace(
        go.Bar(
            x=list(shown),
            y=list(shown.values()),
            marker={"color": COLOURS[0]},
            text=[f"{value:.2f}" for value in shown.values()],
            showlegend=False,
        )
    )
    figure.update_layout(yaxis={"title": "average precision", "range": [0, 1.03]})
    return figure
