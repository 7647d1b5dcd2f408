"""Which head finds the referent, and how often the masked words are right."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.reference import MaskedWords, ReferentHeads
from explorer.figures import plot
from explorer.figures.style import ACCENT, COLOURS, blank, colour_scale
from explorer.formatting import percent

__all__ = ["agreement_figure", "found_figure"]


@plot.register(ReferentHeads)
def found_figure(result: ReferentHeads) -> go.Figure:
    """Layers x heads: the share of sentences; the head that was chosen is outlined."""
    shares = result.held_out.shares
    layers, heads = shares.shape
    figure = blank(height=150 + 62 * layers)
    figure.add_trace(
        go.Heatmap(
            z=shares,
            x=np.arange(heads) + 1,
            y=np.arange(layers) + 1,
            text=[[percent(share) for share in row] for row in shares],
            texttemplate="%{text}",
            textfont={"size": 15},
            coloraxis="coloraxis",
            hovertemplate="layer %{y}, head %{x}: %{z:.1%}<extra></extra>",
        )
    )
    at, head = result.of_training.best
    figure.add_shape(
        type="rect",
        x0=head + 0.5,
        x1=head + 1.5,
        y0=at + 0.5,
        y1=at + 1.5,
        line={"color": ACCENT, "width": 4},
    )
    scale = colour_scale(np.array([0.0, 1.0]), unit="share of the sentences")
    figure.update_layout(coloraxis=scale.axis(), margin={"b": 76})
    figure.update_xaxes(title_text="head", dtick=1, side="top")
    figure.update_yaxes(title_text="layer", dtick=1, autorange="reversed")
    return figure


@plot.register(MaskedWords)
def agreement_figure(result: MaskedWords, *, wanted: float) -> go.Figure:
    """A bar for each word that was masked; dotted, what is asked of the model."""
    shares = result.shares
    figure = blank(height=120 + 48 * len(shares))
    figure.add_trace(
        go.Bar(
            x=list(shares.values()),
            y=list(shares),
            orientation="h",
            text=[percent(share) for share in shares.values()],
            textposition="inside",
            textfont={"size": 15},
            marker_color=COLOURS[0],
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    figure.add_vline(x=wanted, line_dash="dot", line_color=COLOURS[1])
    figure.update_xaxes(title_text="masked words predicted correctly", range=[0, 1])
    figure.update_yaxes(autorange="reversed")
    return figure
