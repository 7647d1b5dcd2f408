"""Rollout drawn: the map after a layer, and how alike all tokens' rows have become."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.rollout import Collapse, Rollout, RolloutMap
from explorer.figures import plot
from explorer.figures.attention import layout_of, outline_query
from explorer.figures.overlay import add_cells, add_click_layer
from explorer.figures.photo import frame_of, photo_figure
from explorer.figures.style import COLOURS, colour_scale
from explorer.geometry import Frame

__all__ = ["collapse_figure", "rollout_figure"]

UNIT = "share of the rollout"


@plot.register(Rollout)
def rollout_figure(
    result: Rollout,
    picture: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    layer: int | None = None,
    sample: int = 0,
    log: bool = False,
    clip: float = 100.0,
    opacity: float = 0.65,
    smooth: bool = False,
    click: bool = True,
) -> go.Figure:
    """The query's rollout after `layer` (None: the last) over the photograph."""
    tokens = layout_of(result.tokens)
    frame = frame_of(tokens.grid, frame)
    layer = result.layers[-1] if layer is None else layer
    values = tokens.map(result.row(layer, sample=sample))
    figure = photo_figure(picture, frame, grey=True)
    scale = colour_scale(_off_query(values, result), unit=UNIT, log=log, clip=clip, low=None)
    add_cells(
        figure,
        values,
        tokens.grid,
        frame,
        scale=scale,
        opacity=opacity,
        smooth=smooth,
        name=f"after layer {layer + 1}",
    )
    outline_query(figure, tokens, result.query, frame, panels=range(1))
    if click:
        add_click_layer(figure, tokens.grid, frame, values=values)
    return figure


@plot.register(RolloutMap)
def _map_figure(result: RolloutMap, **options: Any) -> go.Figure:
    return rollout_figure(result.rollout, layer=result.layer, **options)


@plot.register(Collapse)
def collapse_figure(result: Collapse, *, layer: int | None = None) -> go.Figure:
    """Above: mean cosine between different tokens' rows after each layer. Below: row sums less 1."""
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.08)
    figure.update_layout(template="explorer", height=400, showlegend=False)
    curves = (
        (result.cosine, "mean cosine", COLOURS[0]),
        (np.maximum(result.row_sum_error, 1e-17), "|row sum − 1|", COLOURS[5]),
    )
    for place, (values, name, colour) in enumerate(curves, start=1):
        figure.add_trace(
            go.Scatter(
                x=[at + 1 for at in result.layers],
                y=values,
                mode="lines+markers",
                line={"color": colour, "width": 2},
                hovertemplate=f"%{{y:.3g}}<extra>{name} after layer %{{x}}</extra>",
                name=name,
            ),
            row=place,
            col=1,
        )
        figure.update_yaxes(title_text=name, row=place, col=1)
    figure.update_yaxes(range=[0, 1.03], row=1, col=1)
    decades = np.log10([curves[1][0].min(), curves[1][0].max()])
    ends = [float(np.floor(decades[0])), float(np.floor(decades[1]) + 1)]
    figure.update_yaxes(type="log", exponentformat="power", dtick=1, range=ends, row=2, col=1)
    figure.update_xaxes(dtick=1 if len(result.layers) <= 16 else None)
    figure.update_xaxes(title_text="rollout up to layer", row=2, col=1)
    if layer is not None:
        figure.add_vline(x=layer + 1, line_dash="dot", line_color=COLOURS[1])
    return figure


def _off_query(values: np.ndarray, result: Rollout) -> np.ndarray:
    """The map without the query's own patch: the residual connection keeps so much there."""
    tokens = layout_of(result.tokens)
    if result.query < tokens.prefix:
        return values
    cell = tokens.grid.cell(result.query - tokens.prefix)
    others = values.astype(float)
    others[cell.row, cell.column] = np.nan
    return others
