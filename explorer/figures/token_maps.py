"""A layer's attention for print, as the lens shows it: the selected maps, then every head, on one colour scale."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.token_maps import TokenMaps
from explorer.figures import plot
from explorer.figures.attention import outline_query
from explorer.figures.overlay import add_cells
from explorer.figures.photo import frame_of, photo_grid
from explorer.figures.style import colour_scale
from explorer.geometry import Frame

__all__ = ["token_maps_figure"]

UNITS = {"attention": "share of the query's attention", "attended by": "weight that each token gives it"}


@plot.register(TokenMaps)
def token_maps_figure(
    result: TokenMaps,
    picture: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    log: bool = False,
    opacity: float = 0.65,
) -> go.Figure:
    """The photograph once for each map."""
    tokens = result.tokens
    frame = frame_of(tokens.grid, frame)
    maps = tokens.map(np.concatenate([result.selected, result.heads]))
    heads = range(1, len(result.heads) + 1)
    titles = [*result.titles, *(f"head {head}" for head in heads)]
    figure = photo_grid(picture, frame, titles=titles)
    scale = colour_scale(maps, unit=UNITS[result.direction], log=log)
    for number, (title, values) in enumerate(zip(titles, maps, strict=True)):
        add_cells(figure, values, tokens.grid, frame, scale=scale, panel=number, opacity=opacity, name=title)
    for number, token in enumerate(result.asked):
        outline_query(figure, tokens, token, frame, panels=range(number, number + 1))
    return figure
