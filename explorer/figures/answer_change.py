"""Answers before and after a change, drawn as bars."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.analysis.answer_change import AnswerChange
from explorer.figures import plot
from explorer.figures.style import COLOURS, blank
from explorer.formatting import percent

__all__ = ["answers_figure"]


@plot.register(AnswerChange)
def answers_figure(result: AnswerChange) -> go.Figure:
    """Two bars for each answer, the likeliest before the change at the top."""
    figure = blank(height=110 + 44 * len(result.names), barmode="group", bargap=0.25)
    places = list(range(len(result.names)))
    for name, values, colour in (
        ("before", result.before, COLOURS[5]),
        ("after", result.after, COLOURS[1]),
    ):
        figure.add_trace(
            go.Bar(
                x=values,
                y=places,
                orientation="h",
                name=name,
                text=[percent(share) for share in values],
                textposition="outside",
                textfont={"size": 12},
                cliponaxis=False,
                marker_color=colour,
                customdata=result.names,
                hovertemplate="%{customdata}: %{x:.3g}<extra>" + name + "</extra>",
            )
        )
    figure.update_xaxes(title_text="probability", range=[0, 1.1], tickvals=[0, 0.25, 0.5, 0.75, 1])
    words = [label.split(",")[0].replace("&", "&amp;").replace("<", "&lt;") for label in result.names]
    figure.update_yaxes(autorange="reversed", tickvals=places, ticktext=words)
    return figure
