"""What models say of a picture, and of the same picture changed."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.figures.style import COLOURS, blank, rgba

__all__ = ["answers_figure"]


def answers_figure(
    models: Sequence[str],
    classes: Sequence[str],
    before: Sequence[float],
    after: Sequence[float],
    notes: Sequence[str],
) -> go.Figure:
    """For each model the probability of what it said first, pale before and strong after the change, and a note."""
    names = [f"{model}<br>{prediction}" for model, prediction in zip(models, classes, strict=True)]
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
    for name, note in zip(names, notes, strict=True):
        figure.add_annotation(
            x=0.99, xref="paper", y=name, text=note, showarrow=False, xanchor="right", yshift=24, font_size=11
        )
    figure.update_xaxes(title_text="probability of the original prediction", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure
