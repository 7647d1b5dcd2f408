"""The attention of heads as a function of the offset, and how much of it lies near."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.head_offsets import HeadOffsets, NearnessByLayer, OffsetsOfLayers
from explorer.figures import plot
from explorer.figures.photo import panel_grid, rectangle
from explorer.figures.style import ACCENT, COLOURS, blank, colour_scale
from explorer.geometry import Box

__all__ = ["layers_nearness_figure", "nearness_figure", "offsets_figure"]

MOST = 8
"""Heads of a layer that are drawn: more could not be read beside each other."""


@plot.register(OffsetsOfLayers)
def offsets_figure(result: OffsetsOfLayers, *, log: bool = True) -> go.Figure:
    """A map for each head of some layers, the offset 0 framed in the middle, on one scale; a row a layer."""
    layers = result.layers
    maps = result.offsets.by_offset[list(layers)][:, :MOST]
    count, rows, columns = maps.shape[1:]
    scale = colour_scale(maps, unit="mean weight", log=log)
    names = [layer + 1 for layer in layers]
    height = len(layers) * round(880 / max(count, 4) * rows / columns + 30) + 60
    box, middle = Box(0, 0, rows, columns), (rows // 2, columns // 2)
    cell = Box(*middle, middle[0] + 1, middle[1] + 1)
    panels = len(layers) * count
    figure = panel_grid(
        [f"layer {name}, head {head + 1}" for name in names for head in range(count)],
        box,
        columns=count,
        height=min(height, 760),
        gaps=(0.012, 30 / height if len(layers) > 1 else 0),
        above=26,
        shapes=[rectangle(cell, panel=panel, line={"color": ACCENT, "width": 1}) for panel in range(panels)],
    )
    for panel, offsets in enumerate(maps.reshape(-1, rows, columns)):
        number = str(panel + 1) if panel else ""
        figure.add_trace(
            go.Heatmap(
                z=np.asarray(scale.scaled(offsets), np.float32),
                customdata=np.asarray(offsets, np.float32),
                x=np.arange(columns + 1),
                y=np.arange(rows + 1),
                coloraxis="coloraxis",
                hovertemplate="%{customdata:.3g}<extra></extra>",
                xaxis=f"x{number}",
                yaxis=f"y{number}",
            )
        )
    return figure.update_layout(coloraxis=scale.axis())


@plot.register(HeadOffsets)
def nearness_figure(result: HeadOffsets) -> go.Figure:
    """The share of the weight within 1 and 2 cells by layer: the mean of the heads, each head a point, and even
    attention as a dotted line."""
    figure, layers = blank(height=360), np.arange(1, result.layers + 1)
    kinds = (
        ("within 1 cell (3 x 3)", result.within_one, result.uniform_one, COLOURS[0]),
        ("within 2 cells (5 x 5)", result.within_two, result.uniform_two, COLOURS[1]),
    )
    for name, shares, uniform, colour in kinds:
        heads = shares.shape[1]
        figure.add_trace(
            go.Scatter(
                x=np.repeat(layers, heads), y=shares.ravel(), mode="markers", name=f"heads, {name}",
                marker={"color": colour, "size": 6, "opacity": 0.45}, showlegend=False,
                hovertemplate="layer %{x}: %{y:.1%}<extra></extra>",
            )
        )  # fmt: skip
        figure.add_trace(
            go.Scatter(x=layers, y=shares.mean(1), mode="lines+markers", name=name, line={"color": colour})
        )
        figure.add_hline(y=uniform, line_dash="dot", line_color=colour)
    figure.update_xaxes(title_text="layer", dtick=1)
    figure.update_yaxes(title_text="share of the weight", tickformat=".0%", rangemode="tozero")
    return figure


@plot.register(NearnessByLayer)
def layers_nearness_figure(result: NearnessByLayer) -> go.Figure:
    """The same where the layers' maps differ in size: for each layer the heads' shares within 1 and within 2 cells,
    and dashes for even attention."""
    figure = blank(height=380)
    kinds = (
        ("within 1 cell (3 x 3)", result.within_one, COLOURS[0]),
        ("within 2 cells (5 x 5)", result.within_two, COLOURS[1]),
    )
    for at, (name, shares, colour) in enumerate(kinds):
        where = np.repeat(result.labels, [len(heads) for heads in shares])
        figure.add_trace(
            go.Scatter(
                x=where, y=np.concatenate(list(shares)), mode="markers", name=f"heads, {name}", showlegend=False,
                marker={"color": colour, "size": 6, "opacity": 0.45}, hovertemplate="%{x}: %{y:.1%}<extra></extra>",
            )
        )  # fmt: skip
        means = [float(heads.mean()) for heads in shares]
        figure.add_trace(
            go.Scatter(x=result.labels, y=means, mode="lines+markers", name=name, line={"color": colour})
        )
        figure.add_trace(
            go.Scatter(
                x=result.labels, y=result.uniform[:, at], mode="markers", name="uniform attention", showlegend=False,
                marker={"symbol": "line-ew-open", "size": 26, "color": colour, "line": {"width": 2}},
                hovertemplate="%{x}, uniform attention: %{y:.1%}<extra></extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(title_text="stage and block", type="category")
    figure.update_yaxes(title_text="share of the weight", tickformat=".0%", range=[0, 1.03])
    return figure
