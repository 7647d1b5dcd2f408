"""The assignment drawn: the cost matrix, the pairs on the photograph, and the loss that each pays."""

from __future__ import annotations

from typing import Literal

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.assignment import Assignment, LossByPair
from explorer.analysis.detection_results import Predictions
from explorer.analysis.true_objects import TrueObjects
from explorer.errors import ControlError
from explorer.figures import plot
from explorer.figures.overlay import WHITE, Outline, add_boxes
from explorer.figures.photo import photo_figure
from explorer.figures.style import ACCENT, COLOURS, blank, colour_scale
from explorer.geometry import Frame

__all__ = ["PARTS", "losses_figure", "matrix_figure", "pairs_figure"]

Part = Literal["cost", "class", "L1", "GIoU"]
PARTS = {
    "cost": "weighted cost",
    "class": "− probability of the object's class",
    "L1": "L1 distance of the boxes",
    "GIoU": "− generalised IoU",
}
LEFT_OUT = "rgba(128, 136, 150, 0.55)"


@plot.register(Assignment)
def matrix_figure(result: Assignment, *, part: Part = "cost") -> go.Figure:
    """The cost of every query for every object; the chosen pairs are outlined, what was left out is veiled.

    Raises:
        ControlError: there is no such part.
    """
    if part not in PARTS:
        raise ControlError(f"The cost has no part called {part!r}", do=f"choose among {', '.join(PARTS)}")
    values = {"cost": result.cost, "class": result.class_cost, "L1": result.l1, "GIoU": result.giou}[part]
    queries, objects = values.shape
    figure = blank(height=min(540, 200 + 22 * queries))
    if not objects:
        return _said(figure, "no object to be found: nothing to assign")
    scale = colour_scale(values, unit=PARTS[part], low=None)
    figure.add_trace(
        go.Heatmap(
            z=values.astype(np.float32),
            x=np.arange(objects),
            y=np.arange(queries),
            coloraxis="coloraxis",
            customdata=np.stack([result.class_cost, result.l1, result.giou], -1),
            hovertemplate="query %{y}, object %{x}<br>class %{customdata[0]:.3g}, L1 %{customdata[1]:.3g}, "
            "GIoU %{customdata[2]:.3g}<br>shown: %{z:.3g}<extra></extra>",
            xgap=1,
            ygap=1,
        )
    )
    for query, thing in result.pairs:
        _outline(
            figure, thing - 0.5, thing + 0.5, query - 0.5, query + 0.5, line={"color": ACCENT, "width": 3}
        )
    for query in result.removed_queries:
        _outline(figure, -0.5, objects - 0.5, query - 0.5, query + 0.5, fillcolor=LEFT_OUT, line_width=0)
    for thing in result.removed_objects:
        _outline(figure, thing - 0.5, thing + 0.5, -0.5, queries - 0.5, fillcolor=LEFT_OUT, line_width=0)
    ticks = {"tickmode": "array", "showgrid": False}
    figure.update_layout(
        coloraxis=scale.axis(y=-0.12),
        xaxis={
            "title": "object",
            "side": "top",
            **ticks,
            "tickvals": list(range(objects)),
            "ticktext": [f"{i} {name}" for i, name in enumerate(result.names)],
        },
        yaxis={"title": "query", "autorange": "reversed", **ticks, "tickvals": list(range(queries))},
        margin={"t": 60},
    )
    return figure


def pairs_figure(
    result: Assignment,
    predictions: Predictions,
    truth: TrueObjects,
    picture: np.ndarray | None = None,
    frame: Frame | None = None,
) -> go.Figure:
    """True boxes (dotted) and the boxes of their queries on the photograph, each pair joined by a line."""
    if frame is None:
        size = (
            max([1.0, *(box.bottom for box in truth.boxes)]),
            max([1.0, *(box.right for box in truth.boxes)]),
        )
        whole = int(np.ceil(size[0])), int(np.ceil(size[1]))
        frame = Frame.fit(whole, whole, how="squash")
    figure = photo_figure(picture, frame)
    outlines = []
    for thing, box in enumerate(truth.boxes):
        if thing in result.removed_objects:
            continue
        missed = thing in result.missed_objects
        label = f"object {thing} has no query" if missed else ""
        outlines.append(Outline(box, label, "#ff4d4d" if missed else WHITE, dash="dot", width=2))
    for number, (query, thing) in enumerate(result.pairs):
        colour = COLOURS[number % len(COLOURS)]
        box, true = predictions.box(query), truth.boxes[thing]
        outlines.append(Outline(box, f"{query} → {thing} {result.names[thing]}", colour, width=2))
        figure.add_trace(
            go.Scatter(
                x=[(box.left + box.right) / 2, (true.left + true.right) / 2],
                y=[(box.top + box.bottom) / 2, (true.top + true.bottom) / 2],
                mode="lines+markers",
                line={"color": colour, "width": 3},
                marker={"size": [7, 9], "symbol": ["circle", "x"], "color": colour},
                hovertext=f"query {query} → object {thing}, cost {result.cost[query, thing]:.3f}",
                hoverinfo="text",
                showlegend=False,
                name=f"{query} → {thing}",
            )
        )
    add_boxes(figure, outlines)
    return figure


@plot.register(LossByPair)
def losses_figure(loss: LossByPair) -> go.Figure:
    """What each pair, and each query that should say “no object”, adds to the training's loss."""
    result = loss.assignment
    rows = [*result.losses]
    figure = blank(height=min(720, 160 + 20 * (len(rows) + len(result.free_queries))))
    if not rows and not result.free_queries:
        return _said(figure, "no query takes part: there is no loss")
    labels = [f"{pair.query} → {result.names[pair.object]}" for pair in rows]
    free = list(result.free_queries)
    names = labels + [f"{query} → no object" for query in free]
    nothing = [0.0] * len(free)
    for name, values, colour in (
        ("class", [pair.class_cost for pair in rows] + result.no_object_loss[free].tolist(), COLOURS[0]),
        ("L1", [pair.l1 for pair in rows] + nothing, COLOURS[1]),
        ("GIoU", [pair.giou for pair in rows] + nothing, COLOURS[2]),
    ):
        figure.add_trace(go.Bar(x=values, y=names, orientation="h", name=name, marker={"color": colour}))
    figure.update_layout(
        barmode="stack",
        xaxis={"title": "contribution to the loss"},
        # As many names as have room: all of up to 40, every third of 100.
        yaxis={"autorange": "reversed", "nticks": 40, "automargin": True},
    )
    return figure


def _outline(figure: go.Figure, left: float, right: float, top: float, bottom: float, **look: object) -> None:
    figure.add_shape(type="rect", x0=left, x1=right, y0=top, y1=bottom, **look)


def _said(figure: go.Figure, text: str) -> go.Figure:
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    # An empty trace: the text alone would be no figure to some readers of it.
    figure.add_trace(go.Scatter(x=[], y=[], showlegend=False))
    return figure.add_annotation(text=text, xref="paper", yref="paper", x=0.5, y=0.5, showarrow=False)
