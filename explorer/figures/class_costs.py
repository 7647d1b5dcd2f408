"""What a picture costs under each class."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.analysis.class_costs import ClassCosts
from explorer.figures import plot
from explorer.figures.style import ACCENT, COLOURS, blank

__all__ = ["costs_figure"]


@plot.register(ClassCosts)
def costs_figure(result: ClassCosts, *, height: int = 260) -> go.Figure:
    """A bar for each class, the cheapest in strong colour."""
    figure = blank(height=height)
    bits = result.bits
    best = int(bits.argmin())
    figure.add_trace(
        go.Bar(
            x=list(result.classes),
            y=bits,
            marker={"color": [ACCENT if at == best else COLOURS[0] for at in range(len(bits))]},
            hovertemplate="%{x}: %{y:.3g} bits<extra></extra>",
        )
    )
    figure.update_xaxes(type="category")
    figure.update_yaxes(title_text="bits")
    return figure
