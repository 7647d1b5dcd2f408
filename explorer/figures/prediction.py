"""A prediction, drawn as bars."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.analysis.prediction import Prediction
from explorer.figures import plot
from explorer.figures.style import COLOURS, blank
from explorer.formatting import percent

__all__ = ["prediction_figure"]


@plot.register(Prediction)
def prediction_figure(result: Prediction) -> go.Figure:
    """The likeliest classes from the top down, with their probabilities."""
    bars = go.Bar(
        x=result.probabilities,
        y=list(result.classes),
        orientation="h",
        text=[percent(p) for p in result.probabilities],
        textposition="auto",
        marker_color=COLOURS[0],
        hovertemplate="%{y}: %{x:.3g}<extra></extra>",
    )
    figure = blank(height=90 + 34 * len(result.classes))
    figure.add_trace(bars)
    figure.update_xaxes(title="probability", range=[0, 1])
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure
