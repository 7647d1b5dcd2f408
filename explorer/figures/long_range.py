"""Long range drawn: gradients of all models on one logarithmic axis, right answers by distance, costs by length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.long_range import Cost, InputGradient
from explorer.figures.style import COLOURS, blank, rgba

__all__ = ["COSTS", "accuracy_figure", "costs_figure", "gradients_figure"]

COSTS = {
    "operations": "floating point operations of a pass",
    "sequential_steps": "steps that wait for each other",
    "longest_path": "steps from the first input to the last output",
    "parameters": "parameters",
}


def gradients_figure(gradients: Sequence[InputGradient]) -> go.Figure:
    """|∂ answer / ∂ input| against the steps back, a curve for each model.

    Gradients under their own machine precision are faint; those that are exactly 0 have no place on the axis and
    are said in the legend.
    """
    figure = blank(height=430)
    for number, each in enumerate(gradients):
        colour = COLOURS[number % len(COLOURS)]
        zero = each.length == 0
        below = ~zero & (each.length < each.precision)
        said = (
            f"{each.title} (0 beyond {int(each.reach)})"
            if np.isfinite(each.reach) and zero.any()
            else each.title
        )
        for mask, strength, name in ((~zero & ~below, 1.0, said), (below, 0.3, f"{each.title}: rounding")):
            if not mask.any() and strength < 1:
                continue
            figure.add_trace(
                go.Scatter(
                    x=each.steps_back,
                    y=np.where(mask, each.length, np.nan),
                    mode="lines",
                    line={"color": rgba(colour, strength), "width": 2},
                    name=name,
                    showlegend=strength == 1.0,
                    hovertemplate=f"{each.title}, %{{x}} steps back: %{{y:.3g}}<extra></extra>",
                )
            )
    if gradients:
        figure.add_vline(
            x=gradients[0].distance,
            line_dash="dot",
            line_color=COLOURS[5],
            annotation_text="the letter to be recalled",
            annotation_font_size=11,
        )
    figure.update_xaxes(title_text="steps before the end", autorange="reversed")
    figure.update_yaxes(title_text="length of ∂ logit / ∂ input", type="log", exponentformat="power")
    return figure


def accuracy_figure(
    distances: Sequence[int], found: Mapping[str, np.ndarray], *, chance: float = 1 / 16
) -> go.Figure:
    """Right answers against distance; `found` has for each title seeds x distances. A band goes from the lowest to
    the highest seed, the curve is their mean."""
    figure = blank(height=400)
    for number, (title, shares) in enumerate(found.items()):
        colour = COLOURS[number % len(COLOURS)]
        if len(shares) > 1:
            figure.add_trace(
                go.Scatter(
                    x=[*distances, *reversed(distances)],
                    y=[*shares.max(0), *shares.min(0)[::-1]],
                    fill="toself",
                    fillcolor=rgba(colour, 0.18),
                    line={"width": 0},
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
        figure.add_trace(
            go.Scatter(
                x=list(distances),
                y=shares.mean(0),
                mode="lines+markers",
                line={"color": colour, "width": 2},
                name=title,
                hovertemplate=f"{title}, %{{x}} steps: %{{y:.1%}}<extra></extra>",
            )
        )
    figure.add_hline(y=chance, line_dash="dot", line_color=COLOURS[5], annotation_text="chance")
    figure.update_xaxes(title_text="distance (steps)", type="log", tickvals=list(distances))
    figure.update_yaxes(title_text="recalled rightly", tickformat=".0%", range=[0, 1.03])
    return figure


def costs_figure(costs: Mapping[str, Sequence[Cost]], *, measure: str = "operations") -> go.Figure:
    """One of `COSTS` against the length, a curve for each model; where no way leads there is no point."""
    figure = blank(height=400)
    for number, (title, each) in enumerate(costs.items()):
        values = np.array([getattr(one, measure) for one in each], float)
        figure.add_trace(
            go.Scatter(
                x=[one.length for one in each],
                y=np.where(np.isfinite(values), values, np.nan),
                mode="lines+markers",
                line={"color": COLOURS[number % len(COLOURS)], "width": 2},
                name=title,
            )
        )
    figure.update_xaxes(title_text="length of the sequence", type="log")
    figure.update_yaxes(title_text=COSTS[measure], type="log", exponentformat="power")
    return figure
