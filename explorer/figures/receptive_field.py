"""Receptive fields: boxes on the photograph, growth with depth, and the table of layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from explorer.analysis.receptive_field import LayerField, LayerTable, ReceptiveField
from explorer.figures import plot
from explorer.figures.overlay import Outline, add_boxes, add_click_layer, add_point
from explorer.figures.photo import frame_of, photo_figure
from explorer.figures.style import ACCENT, COLOURS, GRID
from explorer.geometry import Frame, Grid, InputPoint

__all__ = ["boxes_figure", "growth_figure", "pixels_text", "table_figure"]

ONE_LINE = 22
"""Characters of a layer's name on one line of the table."""
SHORT = 22
"""Characters of a layer's name on an axis."""


def boxes_figure(
    layers: LayerField | Sequence[LayerField],
    at: InputPoint,
    pixels: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    chosen: str | None = None,
    click: Grid | None = None,
) -> go.Figure:
    """The fields of the units at a place, clipped to the picture; of several layers the chosen one stands
    out.

    `click` makes the cells of a grid over the input clickable.
    """
    layers = (layers,) if not isinstance(layers, Sequence) else tuple(layers)
    height, width = layers[0].input_size
    whole = Grid(1, 1, height, width)
    frame = frame_of(whole, frame)
    figure = photo_figure(pixels, frame)
    colours = sample_colorscale("Viridis", np.linspace(0.95, 0.25, max(2, len(layers))).tolist())
    boxes = [frame.box_to_photo(layer.box(layer.cell_at(at))) for layer in layers]
    named = [len(layers) == 1 or layer.name == chosen for layer in layers]
    outlines = [
        Outline(box, colour=colour, width=1.5)
        for box, colour, stands_out in zip(boxes, colours, named, strict=False)
        if not stands_out
    ]
    outlines += [
        Outline(box, f"{layer.name}: {pixels_text(layer.size)}")
        for box, layer, stands_out in zip(boxes, layers, named, strict=True)
        if stands_out
    ]
    add_boxes(figure, outlines)
    add_point(figure, frame.to_photo(at), label="the chosen place")
    if click is not None:
        add_click_layer(figure, click, frame)
    return figure


@plot.register(ReceptiveField)
def growth_figure(
    field: ReceptiveField | Sequence[LayerField], *, chosen: str | None = None, log: bool = False
) -> go.Figure:
    """Above, the side of the field of each layer; below, how far apart its units are."""
    layers = tuple(field) if isinstance(field, Sequence) else field.along_depth
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.06)
    figure.update_layout(template="explorer", height=430, legend={"y": 1.02})
    across = list(range(1, len(layers) + 1))
    names = [layer.name for layer in layers]
    square = all(layer.size[0] == layer.size[1] for layer in layers)
    for axis, axis_name in enumerate(("rows", "columns")):
        if square and axis:
            break
        figure.add_trace(
            go.Scatter(
                x=across,
                y=[layer.size[axis] for layer in layers],
                mode="lines+markers",
                line={"color": COLOURS[axis], "dash": "dot" if axis else "solid"},
                customdata=names,
                hovertemplate="%{y} px<extra>%{customdata}</extra>",
                name="side of the field" if square else f"field, {axis_name}",
            ),
            row=1,
            col=1,
        )
    figure.add_trace(
        go.Scatter(
            x=across,
            y=[layer.jump[0] for layer in layers],
            mode="lines+markers",
            line={"color": COLOURS[2], "shape": "hv"},
            customdata=names,
            hovertemplate="%{y:g} px<extra>%{customdata}</extra>",
            name="jump",
        ),
        row=2,
        col=1,
    )
    side = layers[0].input_size[0]
    largest = max(max(layer.size) for layer in layers)
    if largest > side / 4:
        figure.add_hline(
            y=side,
            line={"color": COLOURS[5], "dash": "dot", "width": 1.5},
            annotation={"text": "side of the picture", "font": {"size": 11}},
            row=1,
            col=1,
        )
    if chosen in names:
        figure.add_vline(x=names.index(chosen) + 1, line={"color": ACCENT, "width": 1.5})
    figure.update_yaxes(title_text="field (px)", type="log" if log else "linear", row=1, col=1)
    figure.update_yaxes(title_text="jump (px)", rangemode="tozero", row=2, col=1)
    every = -(-len(names) // 12)
    figure.update_xaxes(
        tickvals=across[::every],
        ticktext=[_short(name) for name in names[::every]],
        tickangle=-40,
        row=2,
        col=1,
    )
    return figure


@plot.register(LayerTable)
def table_figure(result: LayerTable, *, chosen: str | None = None) -> go.Figure:
    """Every layer: what it gives, what its units see, and what it costs."""
    layers = result.layers
    columns = {
        "layer": [layer.name for layer in layers],
        "kind": [layer.kind for layer in layers],
        "output": ["×".join(map(str, layer.output_shape[1:])) for layer in layers],
        "field (px)": [pixels_text(layer.size) if layer.spatial else "whole picture" for layer in layers],
        "jump (px)": [_pair(layer.jump) if layer.spatial else "" for layer in layers],
        "start (px)": [_pair(layer.start) if layer.spatial else "" for layer in layers],
        "parameters": [f"{layer.parameters:,}" for layer in layers],
        "MFLOPs": [f"{layer.flops / 1e6:,.2f}" for layer in layers],
    }
    fills = ["rgba(255, 61, 127, 0.18)" if layer.name == chosen else "rgba(0, 0, 0, 0)" for layer in layers]
    figure = go.Figure(
        go.Table(
            columnwidth=[170, 95, 90, 85, 60, 60, 95, 75],
            header={
                "values": [f"<b>{name}</b>" for name in columns],
                "align": ["left", "left", *["right"] * 6],
                "fill_color": "rgba(128, 136, 150, 0.18)",
                "line_color": GRID,
                "height": 28,
            },
            cells={
                "values": list(columns.values()),
                "align": ["left", "left", *["right"] * 6],
                "fill_color": [fills],
                "line_color": GRID,
                "height": 25,
            },
        )
    )
    wrapped = sum(len(layer.name) > ONE_LINE for layer in layers)
    height = min(max(140, 100 + 25 * len(layers) + 24 * wrapped), 680)
    return figure.update_layout(template="explorer", height=height, margin={"l": 4, "r": 4, "t": 8, "b": 8})


def pixels_text(size: Sequence[float]) -> str:
    """A side or two as text: "35 × 35"."""
    rows, columns = size
    return f"{rows:g} × {columns:g}"


def _pair(values: Sequence[float]) -> str:
    rows, columns = values
    return f"{rows:g}" if rows == columns else f"{rows:g} × {columns:g}"


def _short(name: str) -> str:
    if len(name) <= SHORT:
        return name
    # A stack's layers are told apart by how they begin, a network's parts by how they end.
    return f"{name[: SHORT - 1]}…" if name[0].isdigit() else f"…{name[1 - SHORT :]}"
