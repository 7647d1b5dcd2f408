"""Costs of layers against the side of the picture, on logarithmic axes."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.figures import plot
from explorer.figures.style import COLOURS, styled
from explorer.timing.layer_cost import LayerCosts

__all__ = ["FORMULA", "MEASURED", "layer_cost_figure"]

FORMULA = {"flops": "operations", "held": "bytes"}
MEASURED = {"milliseconds": "milliseconds", "peak": "bytes at most"}


@plot.register(LayerCosts)
def layer_cost_figure(result: LayerCosts) -> go.Figure:
    """A curve for each layer in each measure; a side that was not measured has no point."""
    costs, measures = result.costs, result.measures
    figure = make_subplots(1, len(measures), subplot_titles=list(measures.values()), horizontal_spacing=0.14)
    for column, measure in enumerate(measures, start=1):
        for at, cost in enumerate(costs):
            figure.add_trace(
                go.Scatter(
                    x=cost.sides,
                    y=getattr(cost, measure),
                    mode="lines+markers",
                    marker={"size": 5},
                    line={
                        "color": COLOURS[at % len(COLOURS)],
                        "dash": "dash" if at >= len(COLOURS) else "solid",
                        "width": 2.2,
                    },
                    name=cost.title,
                    legendgroup=cost.title,
                    showlegend=column == 1,
                    hovertemplate="%{x} x %{x} cells: %{y:.3s}",
                ),
                1,
                column,
            )
    sides = costs[0].sides.tolist() if costs else []
    figure.update_xaxes(title_text="side in cells", type="log", tickvals=sides, ticktext=sides)
    figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    figure.update_annotations(font_size=13)
    # On a narrow screen the legend is as high as its nine lines, and the curves keep what is left.
    legend = {"y": -0.17, "yanchor": "top", "maxheight": 0.6, "font": {"size": 12}}
    return styled(figure, height=540).update_layout(margin={"t": 30}, legend=legend)
