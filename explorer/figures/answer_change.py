"""Answers before and after a change, drawn as bars: of one model, and of several."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.analysis.answer_change import AnswerChange, PredictionsChanged
from explorer.figures import plot
from explorer.figures.style import COLOURS, blank, rgba
from explorer.formatting import percent

__all__ = ["answers_figure", "predictions_figure"]


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


@plot.register(PredictionsChanged)
def predictions_figure(result: PredictionsChanged) -> go.Figure:
    """For each model the probability of what it said first, pale before and strong after the change, and a note."""
    before, after = result.probability_before, result.probability_after
    names = [f"{model}<br>{name}" for model, name in zip(result.models, result.class_before, strict=True)]
    figure = blank(height=110 + 64 * len(names), barmode="overlay", margin={"t": 40})
    for values, strength, title, width in ((before, 0.25, "as it is", 0.7), (after, 1.0, "changed", 0.36)):
        figure.add_trace(
            go.Bar(
                y=names,
                x=list(values),
                orientation="h",
                width=width,
                name=title,
                marker={"color": rgba(COLOURS[0], strength), "line_width": 0},
                hovertemplate=f"%{{y}}, {title}: %{{x:.3g}}<extra></extra>",
            )
        )
    for name, note in zip(names, result.notes, strict=True):
        figure.add_annotation(
            x=0.99, xref="paper", y=name, text=note, showarrow=False, xanchor="right", yshift=24, font_size=11
        )
    figure.update_xaxes(title_text="probability of the original prediction", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure
