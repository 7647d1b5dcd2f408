"""One number of many pictures: boxes by group, a matrix of medians, and intervals of differences."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from explorer.analysis.many_pictures import Distribution, Medians, PairedDifference
from explorer.figures import plot
from explorer.figures.style import COLOURS, SEQUENTIAL, blank

__all__ = ["difference_figure", "distribution_figure", "medians_figure"]

POWERS = {"exponentformat": "power"}
"""Numbers of any size: 5 × 10⁻⁷, where Plotly would write 500n."""


@plot.register(Distribution)
def distribution_figure(result: Distribution) -> go.Figure:
    """A box from the first to the third quartile for each group, whiskers from 5 % to 95 %."""
    figure = blank(height=360)
    low, first, middle, third, high = result.quantiles.T
    figure.add_trace(
        go.Box(
            x=[group or "all rows" for group in result.groups],
            lowerfence=low,
            q1=first,
            median=middle,
            q3=third,
            upperfence=high,
            line={"color": COLOURS[0]},
            showlegend=False,
        )
    )
    figure.update_layout(
        xaxis={"title": result.by, "type": "category"}, yaxis=_of_numbers(result.label, result.unit)
    )
    return figure


@plot.register(Medians)
def medians_figure(result: Medians) -> go.Figure:
    """The matrix of medians."""
    figure = blank(height=360)
    figure.add_trace(
        go.Heatmap(
            z=result.median,
            x=list(result.columns),
            y=list(result.rows),
            colorscale=SEQUENTIAL,
            colorbar={"title": {"text": _with_unit("median", result.unit)}, **POWERS},
            hovertemplate=f"{result.by[0]} %{{y}}, {result.by[1]} %{{x}}: %{{z:.3g}}<extra></extra>",
        )
    )
    figure.update_layout(
        xaxis={"title": result.by[1], "type": "category"}, yaxis={"title": result.by[0], "type": "category"}
    )
    return figure


@plot.register(PairedDifference)
def difference_figure(result: PairedDifference) -> go.Figure:
    """A point with its interval for each group, and the line of no difference."""
    figure = blank(height=320)
    mean, low, high = result.difference.T
    figure.add_hline(y=0, line={"color": COLOURS[5], "dash": "dot"})
    figure.add_trace(
        go.Scatter(
            x=[group or "all rows" for group in result.groups],
            y=mean,
            mode="markers",
            marker={"color": COLOURS[1], "size": 9},
            error_y={"array": high - mean, "arrayminus": mean - low},
            customdata=result.pictures,
            hovertemplate="%{y:.3g}, %{customdata} pictures<extra></extra>",
        )
    )
    figure.update_layout(
        xaxis={"title": result.by, "type": "category"},
        yaxis=_of_numbers("difference", result.unit),
    )
    return figure


def _of_numbers(label: str, unit: str) -> dict[str, Any]:
    """The axis of a sweep's numbers."""
    return {"title": _with_unit(label, unit), **POWERS}


def _with_unit(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit and unit != "share" else label
