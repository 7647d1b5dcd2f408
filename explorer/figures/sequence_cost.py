"""What a pass over a sequence takes: by formula as curves and as a table, and as it was measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.sequence_cost import CostsByLength
from explorer.figures import plot
from explorer.figures.long_range import colour_of, nested
from explorer.figures.style import COLOURS, GRID, styled
from explorer.timing.sequence_speed import TimesByLength

__all__ = ["costs_figure", "costs_table", "speed_figure"]

COSTS = {
    "sequential_steps": "steps that wait for each other",
    "longest_path": "steps from first input to last output",
    "operations": "floating point operations",
}


@plot.register(CostsByLength)
def costs_figure(result: CostsByLength, *, length: int | None = None) -> go.Figure:
    """Steps, path and operations against the length, a curve for each model; where no way leads from the first
    input to the last output there is no point. `length` is marked."""
    costs = result.models
    figure = make_subplots(1, len(COSTS), subplot_titles=list(COSTS.values()), horizontal_spacing=0.07)
    for column, measure in enumerate(COSTS, start=1):
        for at, (title, costs_at) in enumerate(costs.items()):
            values = np.array([getattr(one, measure) for one in costs_at], float)
            values = np.where(np.isfinite(values), values, np.nan)
            curve = _curve(
                title,
                [one.length for one in costs_at],
                values,
                first=column == 1,
                width=nested(at, len(costs)),
            )
            figure.add_trace(curve, 1, column)
        if length is not None:
            figure.add_vline(x=length, line_dash="dot", line_color=COLOURS[5], row=1, col=column)
    figure.update_xaxes(title_text="length", type="log", dtick=1)
    figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    return _two_rows_of_words(styled(figure, height=400))


@plot.register(TimesByLength)
def speed_figure(result: TimesByLength) -> go.Figure:
    """Milliseconds against the length: forward, and forward and backward, on one scale."""
    speeds = result.models
    ways = {"forward": "forward", "both": "forward and backward"}
    figure = make_subplots(
        1, 2, subplot_titles=list(ways.values()), shared_yaxes=True, horizontal_spacing=0.04
    )
    for column, way in enumerate(ways, start=1):
        for speed in speeds:
            curve = _curve(speed.title, speed.lengths.tolist(), getattr(speed, way), first=column == 1)
            figure.add_trace(curve.update(hovertemplate="%{x} places: %{y:.3g} ms"), 1, column)
    ticks = speeds[0].lengths.tolist()[::-2] if speeds else []
    figure.update_xaxes(title_text="length", type="log", tickvals=ticks, tickangle=0)
    figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    figure.update_yaxes(title_text="milliseconds", col=1)
    return _two_rows_of_words(styled(figure, height=430))


def costs_table(result: CostsByLength) -> go.Figure:
    """The same at one length, with the parameters."""
    per_model = [costs[0] for costs in result.models.values()]
    columns = {
        "model": list(result.models),
        "sequential steps": [f"{one.sequential_steps:,}" for one in per_model],
        "longest path": [
            f"{one.longest_path:,.0f}" if np.isfinite(one.longest_path) else "none" for one in per_model
        ],
        "MFLOPs": [f"{one.operations / 1e6:,.1f}" for one in per_model],
        "parameters": [f"{one.parameters:,}" for one in per_model],
    }
    align = ["left", *["right"] * 4]
    figure = go.Figure(
        go.Table(
            columnwidth=[150, 110, 90, 80, 90],
            header={
                "values": [f"<b>{name}</b>" for name in columns],
                "align": align,
                "fill_color": "rgba(128, 136, 150, 0.18)",
                "line_color": GRID,
                "height": 30,
            },
            cells={
                "values": list(columns.values()),
                "align": align,
                "fill_color": "rgba(0, 0, 0, 0)",
                "line_color": GRID,
                "height": 28,
            },
        )
    )
    return figure.update_layout(
        template="explorer", height=72 + 28 * len(per_model), margin={"l": 4, "r": 4, "t": 8, "b": 4}
    )


def _curve(
    title: str, lengths: Sequence[int], values: np.ndarray, *, first: bool, width: float = 2.2
) -> go.Scatter:
    return go.Scatter(
        x=list(lengths),
        y=values,
        mode="lines",
        line={"color": colour_of(title), "width": width},
        name=title,
        legendgroup=title,
        showlegend=first,
    )


def _two_rows_of_words(figure: go.Figure) -> go.Figure:
    """The legend above the titles of the parts."""
    figure.update_annotations(font_size=13)
    return figure.update_layout(margin={"t": 78}, legend={"y": 1.13})
