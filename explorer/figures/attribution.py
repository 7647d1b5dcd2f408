"""Maps of what an answer depends on: one, several on one scale, all their values at a place, and how far they agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.attribution import Attribution
from explorer.analysis.attribution.comparison import Agreement, AttributionAtCell, MapsOnScale
from explorer.figures import plot
from explorer.figures.overlay import add_box, add_cells, add_click_layer, cell_box
from explorer.figures.photo import frame_of, photo_figure, photo_grid
from explorer.figures.style import COLOURS, DIVERGING, blank, colour_scale
from explorer.geometry import Cell, Frame, Grid

__all__ = ["agreement_figure", "attribution_figure", "hidden_figure", "maps_figure", "place_figure"]

HIDDEN = "#7f828a"


@plot.register(Attribution)
def attribution_figure(
    result: Attribution,
    picture: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    sample: int = 0,
    clip: float = 100.0,
    opacity: float = 0.65,
    smooth: bool = False,
) -> go.Figure:
    """One map over the photograph in its own unit; what has a sign on a scale with 0 in its middle."""
    frame = frame_of(result.grid, frame)
    values = result.values[sample]
    figure = photo_figure(picture, frame, grey=True)
    scale = colour_scale(values, unit=result.unit, clip=clip, diverging=result.signed)
    add_cells(
        figure, values, result.grid, frame, scale=scale, opacity=opacity, smooth=smooth, name=result.title
    )
    return figure


@plot.register(MapsOnScale)
def maps_figure(
    result: MapsOnScale,
    picture: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    chosen: Cell | None = None,
    clip: float = 100.0,
    opacity: float = 0.65,
) -> go.Figure:
    """Maps on one grid side by side on one colour scale; a click on any chooses a cell of all."""
    grid, maps, unit = result.comparison.grid, result.values, result.unit
    frame = frame_of(grid, frame)
    figure = photo_grid(picture, frame, titles=list(maps))
    scale = colour_scale(np.stack(list(maps.values())), unit=unit, clip=clip)
    for panel, (title, cells) in enumerate(maps.items()):
        add_cells(figure, cells, grid, frame, scale=scale, panel=panel, opacity=opacity, name=title)
        add_click_layer(figure, grid, frame, values=cells, unit=unit, panel=panel)
    if chosen is not None:
        add_box(figure, cell_box(chosen, grid, frame), panel=range(len(maps)), width=2)
    return figure


@plot.register(AttributionAtCell)
def place_figure(result: AttributionAtCell) -> go.Figure:
    """For each method a bar: the percentile rank of the chosen cell. The share is written beside it."""
    figure = blank(height=110 + 30 * len(result.titles))
    figure.add_trace(
        go.Bar(
            y=list(result.titles),
            x=list(result.ranks),
            orientation="h",
            marker_color=COLOURS[0],
            text=[f"{share:.2g} ×" for share in result.shares],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: above %{x:.1%} of the cells<extra></extra>",
        )
    )
    figure.add_vline(x=0.5, line_dash="dot", line_color=COLOURS[5])
    figure.update_xaxes(title_text="percentile rank", range=[0, 1.16], tickvals=[0, 0.5, 1], tickformat=".0%")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


@plot.register(Agreement)
def agreement_figure(result: Agreement) -> go.Figure:
    """Rank correlation of every map with every other, from -1 to 1."""
    titles, correlations = list(result.titles), result.correlation
    figure = blank(height=150 + 34 * len(titles))
    figure.add_trace(
        go.Heatmap(
            z=correlations,
            x=titles,
            y=titles,
            zmin=-1,
            zmax=1,
            colorscale=DIVERGING,
            text=np.vectorize(lambda correlation: f"{correlation:.2f}")(correlations),
            texttemplate="%{text}",
            textfont={"size": 11},
            colorbar={
                "title": {"text": "rank correlation", "side": "right"},
                "thickness": 10,
                "outlinewidth": 0,
            },
            hovertemplate="%{y} and %{x}: %{z:.3g}<extra></extra>",
            xgap=1,
            ygap=1,
        )
    )
    figure.update_xaxes(tickangle=-35, showline=False, ticks="")
    figure.update_yaxes(autorange="reversed", showline=False, ticks="", automargin=True)
    return figure


def hidden_figure(
    picture: np.ndarray, frame: Frame, grid: Grid, *, hidden: Sequence[Cell], chosen: Cell
) -> go.Figure:
    """The photograph with some cells grey, the chosen one outlined; a click chooses another."""
    figure = photo_figure(picture, frame, height=400)
    for cell in hidden:
        box = cell_box(cell, grid, frame)
        sides = {"x0": box.left, "x1": box.right, "y0": box.top, "y1": box.bottom}
        figure.add_shape(type="rect", **sides, line_width=0, fillcolor=HIDDEN)
    add_box(figure, cell_box(chosen, grid, frame))
    add_click_layer(figure, grid, frame)
    return figure
