"""Long range drawn: gradients of all models on one logarithmic axis, and right answers by distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.long_range import InputGradient
from explorer.analysis.recall_finding import HOLDS
from explorer.analysis.sequence_comparison import (
    FindingsCompared,
    GradientsCompared,
    ReachCompared,
    RecallByDistance,
)
from explorer.figures import plot
from explorer.figures.style import COLOURS, GRID, blank, rgba
from explorer.models.sequence_models import SEQUENCE_MODELS

__all__ = ["accuracy_figure", "colour_of", "gradients_figure", "nested", "reach_figure"]

SPELT = 48
"""Places up to which every letter has a tick of its own."""
MARK = COLOURS[5]
ORDER = (0, 3, 2, 1, 4, 6)
OWN = {title: COLOURS[at] for (title, _, _), at in zip(SEQUENCE_MODELS.values(), ORDER, strict=True)}
DECADES = 2
"""Shown below the smallest machine precision."""


def colour_of(title: str) -> str:
    """A model has one colour in every figure, whichever others are shown."""
    return OWN.get(title, COLOURS[7])


def nested(at: int, count: int) -> float:
    """The width of one curve of several: what is drawn first is wider, so that curves that coincide are all seen."""
    return 2.0 + 1.5 * (count - 1 - at)


@plot.register(GradientsCompared)
def gradients_figure(result: GradientsCompared) -> go.Figure:
    """|∂ answer / ∂ input| against the steps before the end, a curve for each model.

    What is under a model's machine precision is faint; what is exactly 0 has no place on the axis and is said in
    the legend.
    """
    gradients, letters = result.models, result.symbols
    figure = blank(height=370)
    for gradient in gradients:
        colour, zero = colour_of(gradient.title), gradient.length == 0
        below = ~zero & (gradient.length < gradient.precision)
        beyond = np.isfinite(gradient.reach) and zero.any()
        label = f"{gradient.title} (0 beyond {int(gradient.reach)})" if beyond else gradient.title
        for mask, strength in ((~zero & ~below, 1.0), (below, 0.35)):
            if not mask.any() and strength < 1:
                continue
            figure.add_trace(
                go.Scatter(
                    x=gradient.steps_back,
                    y=np.where(mask, gradient.length, np.nan),
                    mode="lines",
                    line={"color": rgba(colour, strength), "width": 2.4},
                    name=label if strength == 1 else f"{gradient.title}: under machine precision",
                    showlegend=strength == 1,
                    hovertemplate=f"{gradient.title}, %{{x}} steps before the end: %{{y:.3g}}<extra></extra>",
                )
            )
    figure.update_xaxes(title_text="steps before the end", autorange="reversed")
    figure.update_yaxes(title_text="length of ∂ logit / ∂ input", type="log", exponentformat="power")
    if gradients:
        _mark(figure, gradients[0].distance, "to be recalled")
        _floor(figure, gradients)
    if letters and len(letters) <= SPELT:
        figure.update_xaxes(
            tickvals=list(range(len(letters))), ticktext=list(reversed(letters)), tickangle=0,
            title_text="the sequence, its end on the right",
        )  # fmt: skip
    return figure


def _mark(figure: go.Figure, distance: int, text: str) -> None:
    figure.add_vline(
        x=distance, line_dash="dot", line_color=MARK, annotation_text=text, annotation_font_size=12
    )


def _floor(figure: go.Figure, gradients: Sequence[InputGradient]) -> None:
    """The axis ends a little below the smallest machine precision: from there on nothing can be felt."""
    precisions = [gradient.precision for gradient in gradients if gradient.precision > 0]
    if not precisions:
        return
    low, high = (
        np.log10(min(precisions)),
        np.log10(max(float(gradient.length.max()) for gradient in gradients)),
    )
    bottom = low - DECADES
    figure.update_yaxes(range=[bottom, high + 0.4])
    figure.add_hrect(y0=10**bottom, y1=10**low, fillcolor=GRID, line_width=0, layer="below")
    figure.add_annotation(
        x=0, xref="x domain", y=bottom, xanchor="left", yanchor="bottom", xshift=4, showarrow=False,
        text="under machine precision", font_size=12,
    )  # fmt: skip


def _bars(
    titles: Sequence[str],
    reach: Sequence[float],
    measured: Sequence[int],
    notes: Sequence[str],
    *,
    farthest: int,
    what: str,
    distance: int | None = None,
) -> go.Figure:
    """Bars of steps back: pale as far as the architecture reaches, strong as far as was found, and a note each."""
    figure = blank(height=70 + 40 * len(titles), barmode="overlay", margin={"t": 40})
    bars: list[tuple[list[float], float, str, list[str]]] = [
        (
            [min(steps, farthest) for steps in reach],
            0.22,
            "theoretical reach",
            [_steps(steps) for steps in reach],
        ),
        ([float(steps) for steps in measured], 1.0, what, [str(steps) for steps in measured]),
    ]
    for lengths, strength, name, labels in bars:
        figure.add_trace(
            go.Bar(
                y=list(titles),
                x=lengths,
                orientation="h",
                marker={"color": [rgba(colour_of(title), strength) for title in titles], "line_width": 0},
                name=name,
                customdata=labels,
                hovertemplate=f"%{{y}}, {name}: %{{customdata}} steps<extra></extra>",
                width=0.36 if strength == 1 else 0.72,
            )
        )
    for title, note in zip(titles, notes, strict=True):
        figure.add_annotation(
            x=1.0, xref="paper", y=title, text=note, showarrow=False, xanchor="left", xshift=6, align="left"
        )
    if distance is not None:
        _mark(figure, distance, "to be recalled")
    figure.update_xaxes(title_text="steps back", range=[0, max(farthest, 1) * 1.005])
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure.update_layout(margin={"r": 14 + 7 * max(map(len, notes), default=0)})


@plot.register(ReachCompared)
def reach_figure(result: ReachCompared) -> go.Figure:
    """How far each model's gradient goes, and whether it predicts the letter."""
    models = result.models
    notes = [
        f"{letter} {'✓' if correct else '✗'}"
        for letter, correct in zip(result.predictions, result.correct, strict=True)
    ]
    return _bars(
        [model.title for model in models],
        [model.reach for model in models],
        [model.felt for model in models],
        notes,
        farthest=len(models[0].length) - 1,
        what="gradient above machine precision",
        distance=models[0].distance,
    )


@plot.register(FindingsCompared)
def findings_figure(result: FindingsCompared) -> go.Figure:
    """How far each model recalls, and what that is beside what is expected of its kind."""
    models = result.models
    return _bars(
        [model.title for model in models],
        [model.reach for model in models],
        [model.held for model in models],
        [model.outcome for model in models],
        farthest=models[0].farthest,
        what=f"recalled in {HOLDS:.0%} and more",
    )


def _steps(reach: float) -> str:
    return f"{reach:g}" if np.isfinite(reach) else "any number of"


@plot.register(RecallByDistance)
def accuracy_figure(result: RecallByDistance, *, chance: float = 1 / 16) -> go.Figure:
    """The share recalled against distance. A band goes from the lowest to the highest seed, the curve is their mean."""
    distances, recall = result.distances, result.shares
    figure = blank(height=400)
    for at, (title, shares) in enumerate(recall.items()):
        colour = colour_of(title)
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
                line={"color": colour, "width": nested(at, len(recall))},
                marker={"size": 4 + nested(at, len(recall))},
                name=title,
                hovertemplate=f"{title}, %{{x}} steps: %{{y:.1%}}<extra></extra>",
            )
        )
    figure.add_hline(y=chance, line_dash="dot", line_color=MARK, annotation_text="chance")
    powers = [distance for distance in distances if distance & (distance - 1) == 0]
    figure.update_xaxes(title_text="distance (steps)", type="log", tickvals=powers, tickangle=0)
    figure.update_yaxes(title_text="recall accuracy", tickformat=".0%", range=[0, 1.04])
    return figure
