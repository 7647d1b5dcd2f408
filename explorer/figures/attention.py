"""Attention drawn: one row, all heads on one colour scale, and the heads of every layer as points."""

from __future__ import annotations

from typing import Literal

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.attention import AttentionMaps, AttentionRow, head_title
from explorer.analysis.heads import HeadStatistics, uniform_distance
from explorer.errors import AnalysisError
from explorer.figures import plot
from explorer.figures.overlay import add_box, add_cells, add_click_layer, cell_box
from explorer.figures.photo import frame_of, photo_figure, photo_grid
from explorer.figures.style import COLOURS, blank, colour_scale
from explorer.geometry import Frame, TokenLayout

__all__ = ["MEASURES", "Measure", "heads_by_layer_figure", "heads_figure", "row_figure"]

UNIT = "share of the query's attention"
Measure = Literal["distance", "radius_50", "radius_90", "entropy", "on_self", "on_prefix"]
MEASURES: dict[Measure, str] = {
    "distance": "mean attention distance (input pixels)",
    "radius_50": "radius holding 50 % of the attention (input pixels)",
    "radius_90": "radius holding 90 % of the attention (input pixels)",
    "entropy": "entropy of a row (bits)",
    "on_self": "share on the query itself",
    "on_prefix": "share on the prefix tokens",
}


@plot.register(AttentionRow)
def row_figure(
    row: AttentionRow,
    picture: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    log: bool = False,
    clip: float = 100.0,
    opacity: float = 0.65,
    smooth: bool = False,
    click: bool = True,
) -> go.Figure:
    """The row's weights on the patches, over the photograph; the query's own patch is outlined.

    `clip` is the percentile of the weights where the colours end; `click` adds the layer that lets
    another query be chosen.
    """
    tokens = layout_of(row.tokens)
    frame = frame_of(tokens.grid, frame)
    values = tokens.map(row.weights)
    figure = photo_figure(picture, frame, grey=True)
    scale = colour_scale(values, unit=UNIT, log=log, clip=clip)
    add_cells(
        figure,
        values,
        tokens.grid,
        frame,
        scale=scale,
        opacity=opacity,
        smooth=smooth,
        name=head_title(row.head),
    )
    outline_query(figure, tokens, row.query, frame, panels=range(1))
    if click:
        add_click_layer(figure, tokens.grid, frame, values=values)
    return figure


@plot.register(AttentionMaps)
def heads_figure(
    maps: AttentionMaps,
    picture: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    log: bool = False,
    clip: float = 100.0,
    opacity: float = 0.65,
    columns: int | None = None,
) -> go.Figure:
    """All heads of the layer for one query, side by side on one colour scale."""
    tokens = layout_of(maps.tokens)
    frame = frame_of(tokens.grid, frame)
    values = tokens.map(maps.weights)
    entropy = maps.entropy
    titles = [f"head {head + 1} · {entropy[head]:.1f} bits" for head in range(maps.heads)]
    figure = photo_grid(picture, frame, titles=titles, columns=columns)
    scale = colour_scale(values, unit=UNIT, log=log, clip=clip)
    for head, cells in enumerate(values):
        add_cells(
            figure,
            cells,
            tokens.grid,
            frame,
            scale=scale,
            panel=head,
            opacity=opacity,
            name=f"head {head + 1}",
        )
    outline_query(figure, tokens, maps.query, frame, panels=range(maps.heads))
    return figure


@plot.register(HeadStatistics)
def heads_by_layer_figure(
    statistics: HeadStatistics,
    *,
    measure: Measure = "distance",
    layer: int | None = None,
    head: int | None = None,
) -> go.Figure:
    """A point for each head of each layer (Dosovitskiy et al. 2021, fig. 7); a chosen head stands out."""
    values = getattr(statistics, measure)
    layers, heads = values.shape
    figure = blank(height=360)
    across = np.repeat(np.arange(layers), heads)
    # Heads of like value would hide each other: each has its own place within the layer's column.
    aside = np.tile((np.arange(heads) - (heads - 1) / 2) * min(0.08, 0.5 / heads), layers)
    chosen = (across == layer) & (np.tile(np.arange(heads), layers) == head)
    figure.add_trace(
        go.Scatter(
            x=across + 1 + aside,
            y=values.ravel(),
            mode="markers",
            marker={
                "size": np.where(chosen, 14, 8),
                "color": [COLOURS[1] if is_chosen else COLOURS[0] for is_chosen in chosen],
                "opacity": 0.8,
                "line": {"width": 0},
            },
            customdata=np.stack([across + 1, np.tile(np.arange(heads), layers) + 1], -1).tolist(),
            hovertemplate="%{y:.3g}<extra>layer %{customdata[0]}, head %{customdata[1]}</extra>",
            name="a head",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=np.arange(layers) + 1,
            y=values.mean(1),
            mode="lines",
            line={"color": COLOURS[5], "width": 2},
            hovertemplate="%{y:.3g}<extra>mean of layer %{x}</extra>",
            name="mean of the layer",
        )
    )
    level, label = _reference(statistics, measure)
    ends = [0.4, layers + 0.6]
    if level is not None:
        # A trace, not a labelled line: its name stands in the legend, where it hides no head.
        figure.add_trace(
            go.Scatter(
                x=ends,
                y=[level, level],
                mode="lines",
                line={"color": COLOURS[5], "width": 2, "dash": "dot"},
                hovertemplate="%{y:.3g}<extra></extra>",
                name=label,
            )
        )
    figure.update_xaxes(title_text="layer", dtick=1 if layers <= 16 else None, range=ends)
    top = max(float(np.nanmax(values)), level or 0.0)
    figure.update_yaxes(title_text=MEASURES[measure], range=[0, top * 1.08 or 1.0])
    return figure


def layout_of(tokens: TokenLayout | None) -> TokenLayout:
    """The layout, or a sentence that without one there is nothing to draw on."""
    if tokens is None:
        raise AnalysisError(
            "These tokens cannot be drawn on a picture", why="their places in it are not known"
        )
    return tokens


def outline_query(figure: go.Figure, tokens: TokenLayout, query: int, frame: Frame, *, panels: range) -> None:
    """Outline the query's patch in these panels; a prefix token has none."""
    if query < tokens.prefix:
        return
    box = cell_box(tokens.grid.cell(query - tokens.prefix), tokens.grid, frame)
    add_box(figure, box, panel=panels, width=2)


def _reference(statistics: HeadStatistics, measure: Measure) -> tuple[float | None, str]:
    if measure == "distance":
        return uniform_distance(statistics.tokens.grid), "attention to all patches alike"
    if measure == "entropy":
        return float(np.log2(len(statistics.tokens))), "attention to all tokens alike"
    return None, ""
