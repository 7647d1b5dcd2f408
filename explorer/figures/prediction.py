"""A prediction, drawn as bars."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.analysis.prediction import Prediction
from explorer.figures import plot
from explorer.figures.style import COLOURS, blank

__all__ = ["prediction_figure"]


@plot.register(Prediction)
def prediction_figure(result: Prediction) -> go.Figure:
    """The likeliest classes from the top down, with their probabilities."""
    bars = go.Bar(
        x=result.probabilities,
        y=[name.split(",")[0] for name in result.classes],
        orientation="h",
        text=[f"{p:.1%}" for p in result.probabilities],
        textposition="auto",
        marker_color=COLOURS[0],
        hovertemplate="%{y}: %{x:.4f}<extra></extra>",
    )
    figure = blank(height=90 + 34 * len(result.classes))
    figure.add_trace(bars)
    figure.update_xaxes(title="probability", range=[0, 1])
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure
