"""DETR drawn: boxes, the maps of cells and queries, and a query's way through the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.detection import DetrOutput
from explorer.analysis.detection_results import Convergence, FeatureMap, Predictions, Trajectory
from explorer.analysis.query_attention import CellMaps, QueryAttention
from explorer.analysis.true_objects import TrueObjects
from explorer.figures import plot
from explorer.figures.overlay import WHITE, Outline, add_box, add_boxes, add_cells, add_click_layer, cell_box
from explorer.figures.photo import frame_of, photo_figure, photo_grid
from explorer.figures.style import ACCENT, COLOURS, TAKES_CLICKS, blank, colour_scale
from explorer.geometry import Box, Cell, Frame, Grid

__all__ = [
    "boxes_figure",
    "cells_figure",
    "convergence_figure",
    "maps_figure",
    "queries_figure",
    "trajectory_figure",
]

FAINT = "#9aa4b2"
ATTENTION = "share of the attention"


@plot.register(DetrOutput)
def plot_detr_output(result: DetrOutput, **options: Any) -> go.Figure:
    """The last layer's boxes."""
    return boxes_figure(result.predictions(), **{"frame": result.frame, **options})


@plot.register(Predictions)
def boxes_figure(
    result: Predictions,
    picture: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    truth: TrueObjects | None = None,
    chosen: int | None = None,
    all_queries: bool = False,
    click: bool = False,
) -> go.Figure:
    """The kept boxes on the photograph, each class in its colour; the chosen query's thick, true boxes
    dashed.

    `all_queries` also draws those that are not kept, faint. With `click` a click chooses the query whose box
    has its centre nearest.
    """
    frame = frame or _frame_of_boxes(result.boxes)
    figure = photo_figure(picture, frame)
    outlines = []
    if truth is not None:
        outlines += [
            Outline(box, "" if picture is not None else name, WHITE, dash="dot", width=1.5)
            for box, name in zip(truth.boxes, truth.names, strict=True)
        ]
    for query in np.argsort(result.scores).tolist():
        selected = bool(result.selected[query])
        if not selected and not all_queries and query != chosen:
            continue
        colour = ACCENT if query == chosen else _colour(int(result.labels[query])) if selected else FAINT
        label = (
            f"{query}: {result.name(query)} {result.scores[query]:.2f}" if selected or query == chosen else ""
        )
        outlines.append(Outline(result.box(query), label, colour, width=3.5 if query == chosen else 2.0))
    add_boxes(figure, outlines)
    if click:
        drawn = np.flatnonzero(result.selected | all_queries)
        _add_queries_to_click(figure, result, drawn)
    if not result.selected.any():
        figure.add_annotation(
            text=f"nothing above {result.threshold:g}",
            xref="paper",
            yref="paper",
            x=0.5,
            y=0.02,
            yanchor="bottom",
            showarrow=False,
            bgcolor="rgba(255, 255, 255, 0.85)",
            font={"color": "#1d2433"},
        )
    return figure


def cells_figure(
    values: np.ndarray,
    grid: Grid,
    picture: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    unit: str,
    chosen: Cell | None = None,
    boxes: Sequence[Box] = (),
    opacity: float = 0.65,
    click: bool = True,
) -> go.Figure:
    """One map of cells over the photograph, with boxes in its pixels; its cells can be clicked."""
    frame = frame_of(grid, frame)
    figure = photo_figure(picture, frame, grey=True)
    add_cells(figure, values, grid, frame, scale=colour_scale(values, unit=unit), opacity=opacity)
    if chosen is not None:
        add_box(figure, cell_box(chosen, grid, frame))
    add_boxes(figure, map(Outline, boxes))
    if click:
        add_click_layer(figure, grid, frame, values=np.nan_to_num(values), unit=unit)
    return figure


@plot.register(FeatureMap)
def plot_features(result: FeatureMap, **options: Any) -> go.Figure:
    """How strongly the backbone answers in each cell."""
    return cells_figure(result.strength, result.grid, unit="root mean square of the channels", **options)


@plot.register(CellMaps)
def maps_figure(
    result: CellMaps,
    picture: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    layer: int | None = None,
    head: int | None = None,
    heads: bool = False,
    boxes: Sequence[Box] = (),
    clip: float = 100.0,
    opacity: float = 0.65,
    click: bool = False,
) -> go.Figure:
    """Attention over the cells, on the photograph and on one colour scale.

    One map with a `layer`, of a `head` or of the heads' mean; with `heads` one panel for each head of that
    layer; without a layer one panel for each layer. `boxes` has one box (in photograph pixels) for each
    layer, such as the query's, drawn in its panel.
    """
    frame = frame_of(result.grid, frame)
    if layer is not None and heads:
        panels: list[tuple[str, int, int | None]] = [
            (f"head {index + 1}", layer, index) for index in range(result.weights.shape[1])
        ]
    elif layer is not None:
        panels = [("", layer, head)]
    else:
        panels = [(f"layer {index + 1}", index, head) for index in result.layers]
    maps = [result.map(at, which) for _, at, which in panels]
    scale = colour_scale(np.stack(maps), unit=ATTENTION, clip=clip)
    if len(panels) == 1:
        figure = photo_figure(picture, frame, grey=True)
    else:
        figure = photo_grid(picture, frame, titles=[title for title, _, _ in panels])
    outlines = []
    if result.cell is not None:
        outlines.append(Outline(cell_box(result.cell, result.grid, frame), panel=range(len(panels)), width=2))
    for panel, (values, (title, shown_layer, _)) in enumerate(zip(maps, panels, strict=True)):
        add_cells(figure, values, result.grid, frame, scale=scale, panel=panel, opacity=opacity, name=title)
        at = result.layers.index(shown_layer)
        if at < len(boxes):
            outlines.append(Outline(boxes[at], panel=panel, width=2))
    add_boxes(figure, outlines)
    if click and len(panels) == 1:
        add_click_layer(figure, result.grid, frame, values=np.nan_to_num(maps[0]), unit="of the attention")
    return figure


@plot.register(Trajectory)
def trajectory_figure(
    result: Trajectory, picture: np.ndarray | None = None, frame: Frame | None = None
) -> go.Figure:
    """The query's box after every decoder layer, the earlier the fainter, and the way of its centre."""
    frame = frame or _frame_of_boxes(result.boxes)
    figure = photo_figure(picture, frame)
    depth = len(result.boxes)
    centres = (result.boxes[:, :2] + result.boxes[:, 2:]) / 2
    outlines = []
    for layer, (left, top, right, bottom) in enumerate(result.boxes.tolist()):
        last = layer == depth - 1
        name = result.classes[int(result.labels[layer])]
        outlines.append(
            Outline(
                Box(top, left, bottom, right),
                label=f"layer {layer + 1}: {name} {result.scores[layer]:.2f}",
                colour=ACCENT if last else COLOURS[layer % len(COLOURS)],
                dash="solid" if last else "dot",
                width=3 if last else 1.5,
            )
        )
    add_boxes(figure, outlines)
    figure.add_trace(
        go.Scatter(
            x=centres[:, 0],
            y=centres[:, 1],
            mode="lines+markers",
            line={"color": ACCENT, "width": 1.5},
            marker={"size": 6, "color": ACCENT, "line": {"color": "white", "width": 1}},
            showlegend=False,
            hovertext=[f"layer {layer + 1}" for layer in range(depth)],
            hoverinfo="text",
            name="centre",
        )
    )
    return figure


@plot.register(Convergence)
def convergence_figure(result: Convergence) -> go.Figure:
    """The query's score, its “no object”, and how far its box agrees with the last one, against the layer."""
    figure = blank(height=300)
    way = result.way
    layers = np.arange(1, len(way.scores) + 1)
    for name, values, colour in (
        ("score of the likeliest class", way.scores, COLOURS[0]),
        ("“no object”", way.no_object, COLOURS[1]),
        ("overlap with the last box (IoU)", way.agreement, COLOURS[2]),
    ):
        figure.add_trace(
            go.Scatter(x=layers, y=values, name=name, mode="lines+markers", line={"color": colour})
        )
    figure.update_layout(
        xaxis={"title": "decoder layer", "dtick": 1},
        yaxis={"title": "probability, or overlap", "range": [0, 1.03]},
    )
    return figure


@plot.register(QueryAttention)
def queries_figure(
    result: QueryAttention, *, names: Sequence[str] = (), chosen: int | None = None
) -> go.Figure:
    """What every query attends to among the queries; the chosen query's row is outlined."""
    count = len(result.weights)
    labels = [f"{query} {names[query]}" if query < len(names) else str(query) for query in range(count)]
    scale = colour_scale(result.weights, unit=ATTENTION)
    figure = blank(height=min(640, 190 + 18 * count))
    figure.add_trace(
        go.Heatmap(
            z=result.weights.astype(np.float32),
            x=np.arange(count),
            y=np.arange(count),
            text=np.broadcast_to(np.array(labels)[:, None], (count, count)),
            coloraxis="coloraxis",
            hovertemplate="query %{y} attends to query %{x}: %{z:.3g}<extra></extra>",
        )
    )
    axis = {"tickmode": "array", "tickvals": list(range(count)), "showgrid": False}
    figure.update_layout(
        coloraxis=scale.axis(y=-0.16),
        xaxis={"title": "query attended to", **axis},
        yaxis={"title": "query", "autorange": "reversed", **axis, "ticktext": labels},
    )
    if chosen is not None:
        figure.add_shape(
            type="rect",
            x0=-0.5,
            x1=count - 0.5,
            y0=chosen - 0.5,
            y1=chosen + 0.5,
            line={"color": ACCENT, "width": 2.5},
        )
    if result.layer == 0:
        figure.update_layout(title_text="The first layer's self-attention carries no information")
    return figure


def _add_queries_to_click(figure: go.Figure, result: Predictions, queries: np.ndarray) -> None:
    """A mark at the centre of each box, which takes clicks; customdata is the query."""
    boxes = result.boxes[queries]
    figure.add_trace(
        go.Scatter(
            x=(boxes[:, 0] + boxes[:, 2]) / 2,
            y=(boxes[:, 1] + boxes[:, 3]) / 2,
            mode="markers",
            marker={"size": 7, "color": "white", "line": {"color": FAINT, "width": 1.5}},
            selected={"marker": {"color": ACCENT}},
            unselected={"marker": {"opacity": 1}},
            customdata=queries[:, None].tolist(),
            hovertext=[f"query {q}: {result.name(q)} {result.scores[q]:.2f}" for q in queries.tolist()],
            hoverinfo="text",
            showlegend=False,
            name="queries",
        )
    )
    figure.update_layout(TAKES_CLICKS)


def _colour(label: int) -> str:
    return COLOURS[label % len(COLOURS)]


def _frame_of_boxes(boxes: np.ndarray) -> Frame:
    """Without a photograph: room for all boxes."""
    size = max(1, int(np.ceil(boxes[..., 3].max()))), max(1, int(np.ceil(boxes[..., 2].max())))
    return Frame.fit(size, size, how="squash")
