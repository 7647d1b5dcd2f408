"""Milliseconds a value, in parallel and step by step."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.figures import plot
from explorer.figures.style import COLOURS, blank
from explorer.timing.writing_speed import WritingSpeed

__all__ = ["speed_figure"]


@plot.register(WritingSpeed)
def speed_figure(result: WritingSpeed, *, height: int = 260) -> go.Figure:
    """A bar for each way, on a logarithmic axis, with how many times as long as the parallel pass it takes."""
    ways = {
        "one parallel pass": result.parallel,
        "step by step, with the cache": result.cached,
        "step by step, without it": result.uncached,
    }
    figure = blank(height=height, margin={"l": 10, "r": 70})
    figure.add_trace(
        go.Bar(
            y=list(ways),
            x=[1000 * seconds for seconds in ways.values()],
            orientation="h",
            marker={"color": [COLOURS[2], COLOURS[0], COLOURS[1]]},
            text=[
                f"{1000 * seconds:.3g} ms · × {seconds / result.parallel:.3g}" for seconds in ways.values()
            ],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.3g} ms a value<extra></extra>",
        )
    )
    low, high = (1000 * pick(ways.values()) for pick in (min, max))
    figure.update_xaxes(type="log", title_text="milliseconds a value", range=_decades(low, high))
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def _decades(low: float, high: float) -> list[float]:
    from math import log10

    return [log10(low) - 0.5, log10(high) + 0.9]
