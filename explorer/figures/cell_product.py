"""Two vectors and their product, drawn number by number."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.cell_product import CellProduct
from explorer.figures import plot
from explorer.figures.style import COLOURS, styled

__all__ = ["product_figure"]


@plot.register(CellProduct)
def product_figure(result: CellProduct, *, left: str = "", right: str = "") -> go.Figure:
    """Three rows of bars: each vector, and what each pair of numbers adds to the sum."""
    titles = (left or result.left_name, right or result.right_name, "left × right, number by number")
    figure = make_subplots(3, 1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=0.13)
    for row, values in enumerate((result.left, result.right, result.terms), 1):
        figure.add_trace(
            go.Bar(
                x=np.arange(len(values)) + 1,
                y=values,
                marker={"color": COLOURS[row - 1], "line": {"width": 0}},
                hovertemplate="%{x}: %{y:.3g}<extra></extra>",
                name=titles[row - 1],
            ),
            row=row,
            col=1,
        )
    figure.update_annotations(x=0, xanchor="left", font_size=13)
    figure.update_yaxes(zeroline=True, zerolinecolor="rgba(128, 136, 150, 0.7)", nticks=4)
    figure.update_xaxes(title_text="number of the vector", row=3, col=1)
    return styled(figure, height=400).update_layout(showlegend=False, bargap=0.15)
