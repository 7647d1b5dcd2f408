"""Deletion and insertion: how an answer goes when a map's cells are covered or shown in the map's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.faithful_maps import FaithfulMaps, MeasuredAreas
from explorer.analysis.faithfulness import BASELINES, Curve
from explorer.analysis.sanity import Sanity
from explorer.figures import plot
from explorer.figures.style import COLOURS, blank

__all__ = ["areas_figure", "curve_figure", "curves_figure", "sanity_figure"]

DASHES = ("solid", "dash", "dot", "dashdot")


def _line(place: int, *, baseline: bool) -> dict[str, object]:
    """Baselines are grey; beyond the colours a line is told by its dashes."""
    if baseline:
        return {"color": COLOURS[5], "width": 2, "dash": DASHES[1 + place % 3]}
    return {"color": COLOURS[place % len(COLOURS)], "width": 2, "dash": DASHES[place // len(COLOURS) % 4]}


@plot.register(FaithfulMaps)
def curves_figure(result: FaithfulMaps) -> go.Figure:
    """Probability of the class against the share of the cells covered (left) and shown (right), a line a map."""
    deletion, insertion = result.probability("deletion"), result.probability("insertion")
    figure = make_subplots(
        1,
        2,
        shared_yaxes=True,
        horizontal_spacing=0.09,
        subplot_titles=("deletion: low is faithful", "insertion: high is faithful"),
    )
    figure.update_layout(template="explorer", height=430, legend={"y": -0.22, "yanchor": "top"})
    methods = [name for name in deletion if name not in BASELINES]
    for column, curves in enumerate((deletion, insertion), start=1):
        for name, probability in curves.items():
            baseline = name in BASELINES
            place = list(BASELINES).index(name) if baseline else methods.index(name)
            figure.add_trace(
                go.Scatter(
                    x=result.shares,
                    y=probability,
                    mode="lines",
                    name=name,
                    legendgroup=name,
                    showlegend=column == 1,
                    line=_line(place, baseline=baseline),
                    hovertemplate=f"%{{y:.3g}} at %{{x:.1%}}<extra>{name}</extra>",
                ),
                row=1,
                col=column,
            )
    for column, what in ((1, "covered"), (2, "shown")):
        figure.update_xaxes(
            title_text=f"share of the cells {what}", tickformat=".0%", tickvals=[0, 0.5, 1], row=1, col=column
        )
    figure.update_yaxes(range=[0, 1.02])
    figure.update_yaxes(title_text="probability of the class", row=1, col=1)
    return figure


@plot.register(Curve)
def curve_figure(result: Curve) -> go.Figure:
    """Probability of the class against the share of the cells covered or shown, a line a picture."""
    figure = blank(height=380)
    for place, probability in enumerate(result.probability):
        figure.add_trace(
            go.Scatter(
                x=result.shares,
                y=probability,
                mode="lines",
                name=f"picture {place}",
                line=_line(place, baseline=False),
            )
        )
    what = "covered" if result.order == "deletion" else "shown"
    figure.update_xaxes(title_text=f"share of the cells {what}", tickformat=".0%")
    figure.update_yaxes(title_text="probability of the class", range=[0, 1.02])
    return figure


@plot.register(MeasuredAreas)
def areas_figure(result: MeasuredAreas) -> go.Figure:
    """Areas under both curves, each (mean, low, high), a row a map; the best at the top, baselines in grey."""
    names, deletion, insertion = list(result.methods), result.areas("deletion"), result.areas("insertion")
    order = sorted(range(len(names)), key=lambda at: deletion[at][0] - insertion[at][0])
    figure = make_subplots(
        1, 2, shared_yaxes=True, horizontal_spacing=0.05, subplot_titles=("deletion", "insertion")
    )
    figure.update_layout(template="explorer", height=110 + 24 * len(names), showlegend=False)
    for column, areas in enumerate((deletion, insertion), start=1):
        mean, low, high = np.array([areas[at] for at in order], float).T
        figure.add_trace(
            go.Scatter(
                x=mean,
                y=[names[at] for at in order],
                mode="markers",
                marker={
                    "size": 9,
                    "color": [COLOURS[5] if names[at] in BASELINES else COLOURS[0] for at in order],
                },
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": high - mean,
                    "arrayminus": mean - low,
                    "width": 3,
                    "color": COLOURS[5],
                },
                hovertemplate="%{y}: %{x:.3g}<extra></extra>",
            ),
            row=1,
            col=column,
        )
        figure.update_xaxes(title_text="area", row=1, col=column)
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


@plot.register(Sanity)
def plot_sanity(result: Sanity) -> go.Figure:
    """Every method's line."""
    return sanity_figure(result.parts, result.correlations)


def sanity_figure(depths: Sequence[str], correlations: Mapping[str, np.ndarray]) -> go.Figure:
    """Rank correlation with the trained model's map after each further part was given random weights, a line a method."""
    figure = blank(height=420, legend={"y": -0.3, "yanchor": "top"})
    for place, (name, values) in enumerate(correlations.items()):
        figure.add_trace(
            go.Scatter(
                x=list(depths),
                y=values,
                mode="lines+markers",
                name=name,
                line=_line(place, baseline=False),
                hovertemplate=f"%{{y:.3g}}<extra>{name}, %{{x}}</extra>",
            )
        )
    figure.add_hline(y=0, line_dash="dot", line_color=COLOURS[5])
    figure.update_xaxes(title_text="weights randomised down to", tickangle=-35)
    figure.update_yaxes(title_text="rank correlation with the trained model's map", range=[-0.6, 1.05])
    return figure
