"""What each query is for: the centres of its boxes over many pictures, one panel a query."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.slots import ClassesOfQueries, Slots
from explorer.figures import plot
from explorer.figures.style import blank, colour_scale
from explorer.formatting import percent

__all__ = ["classes_figure", "slots_figure"]

SHOWN = 400
"""Boxes drawn of each query: more would only make the page heavy."""


@plot.register(Slots)
def slots_figure(result: Slots, *, columns: int = 8) -> go.Figure:
    """One panel a query: each point the centre of a box it found, its colour the box's size."""
    queries = result.selected.shape[1]
    columns = min(columns, queries)
    rows = math.ceil(queries / columns)
    sizes = np.sqrt(result.boxes_cxcywh[..., 2:].prod(-1))
    scale = colour_scale(sizes[result.selected], unit="size of the box, share of the picture's side")
    traces = []
    for query in range(queries):
        chosen = np.flatnonzero(result.selected[:, query])[:SHOWN]
        axis = query + 1 if query else ""
        traces.append(
            {
                "type": "scatter",
                "x": result.boxes_cxcywh[chosen, query, 0],
                "y": result.boxes_cxcywh[chosen, query, 1],
                "mode": "markers",
                "marker": {
                    "size": 5,
                    "color": sizes[chosen, query],
                    "coloraxis": "coloraxis",
                    "opacity": 0.8,
                },
                "text": [result.classes[label] for label in result.labels[chosen, query]],
                "hovertemplate": "%{text}, size %{marker.color:.3g}<extra></extra>",
                "showlegend": False,
                "name": f"query {query}",
                "xaxis": f"x{axis}",
                "yaxis": f"y{axis}",
            }
        )
    panels = _panels(queries, rows, columns)
    titles = [
        {**title, "text": f"query {query} · {percent(result.uses[query])}"}
        for query, title in enumerate(panels["annotations"])
    ]
    layout = {
        **panels,
        "annotations": titles,
        "template": "explorer",
        "height": min(900, 120 * rows + 100),
        "coloraxis": scale.axis(),
        "margin": {"l": 4, "r": 4, "t": 26, "b": 6},
    }
    return go.Figure(traces, layout)


@cache
def _panels(queries: int, rows: int, columns: int) -> dict[str, Any]:
    """The layout of a panel a query. Kept, since Plotly takes longer to make it than for all the points."""
    titles = [f"query {query}" for query in range(queries)]
    figure = make_subplots(
        rows, columns, subplot_titles=titles, horizontal_spacing=0.015, vertical_spacing=min(0.9 / rows, 0.09)
    )
    frame = {"range": [0, 1], "showticklabels": False, "ticks": "", "mirror": True, "showgrid": False}
    figure.update_xaxes(**frame)
    figure.update_yaxes(**{**frame, "range": [1, 0]})
    figure.update_annotations(font_size=11)
    layout: dict[str, Any] = figure.to_dict()["layout"]
    del layout["template"]
    return layout


@plot.register(ClassesOfQueries)
def classes_figure(result: ClassesOfQueries) -> go.Figure:
    """How many objects of each kind each query found."""
    counts, queries = result.counts, len(result.counts)
    # Of many kinds only those that were found at all.
    used = np.flatnonzero(counts.any(0))
    figure = blank(height=min(640, 170 + 18 * queries))
    figure.add_trace(
        go.Heatmap(
            z=counts[:, used],
            x=[result.classes[kind] for kind in used],
            y=np.arange(queries),
            coloraxis="coloraxis",
            hovertemplate="query %{y}: %{z} × %{x}<extra></extra>",
            xgap=1,
            ygap=1,
        )
    )
    axis = {"tickmode": "array", "tickvals": list(range(queries)), "showgrid": False}
    figure.update_layout(
        coloraxis=colour_scale(counts[:, used].astype(float), unit="objects found").axis(y=-0.1),
        xaxis={"title": "kind", "side": "top", "showgrid": False},
        yaxis={"title": "query", "autorange": "reversed", **axis},
        margin={"t": 60},
    )
    return figure
