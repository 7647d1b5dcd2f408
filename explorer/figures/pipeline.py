"""A DETR's way from the picture to its boxes, and its queries as a table."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.detection_results import Predictions
from explorer.figures.style import ACCENT, COLOURS, GRID, blank, rgba

__all__ = ["queries_table", "steps_figure"]


def steps_figure(steps: tuple[tuple[str, str], ...]) -> go.Figure:
    """Each step and the shape of what it hands on, from top to bottom."""
    figure = blank(height=46 * len(steps) + 16, margin={"l": 4, "r": 4, "t": 4, "b": 4})
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[len(steps), 0])
    # An empty trace makes the axes real, so that shapes and texts have something to refer to.
    figure.add_trace(
        go.Scatter(x=[0], y=[0], mode="markers", marker_opacity=0, hoverinfo="skip", showlegend=False)
    )
    for at, (name, shape) in enumerate(steps):
        figure.add_shape(
            type="rect",
            x0=0.0,
            x1=1.0,
            y0=at + 0.08,
            y1=at + 0.82,
            fillcolor=rgba(COLOURS[0], 0.12),
            line={"color": rgba(COLOURS[0], 0.5), "width": 1},
        )
        for x, anchor, text in ((0.015, "left", f"<b>{name}</b>"), (0.985, "right", shape)):
            figure.add_annotation(x=x, y=at + 0.45, xanchor=anchor, showarrow=False, text=text)
        if at:
            figure.add_annotation(
                x=0.5, y=at - 0.05, text="▾", showarrow=False, font={"size": 13, "color": ACCENT}
            )
    return figure


def queries_table(result: Predictions, *, chosen: int | None = None) -> go.Figure:
    """Every query with its class, score and box; those that are not kept in grey, the chosen one tinted."""
    queries = range(len(result.scores))
    boxes = np.round(result.boxes).astype(int)
    columns = {
        "query": [str(query) for query in queries],
        "class": [result.name(query) for query in queries],
        "score": [f"{score:.3f}" for score in result.scores],
        "“no object”": [f"{chance:.3f}" for chance in result.probs[:, -1]],
        "kept": ["yes" if selected else "" for selected in result.selected],
        "left, top, right, bottom (px)": [", ".join(map(str, box)) for box in boxes.tolist()],
    }
    tint = [
        rgba(ACCENT, 0.18) if query == chosen else rgba(COLOURS[2], 0.12) if selected else "rgba(0, 0, 0, 0)"
        for query, selected in zip(queries, result.selected.tolist(), strict=True)
    ]
    align = ["right", "left", "right", "right", "left", "left"]
    figure = go.Figure(
        go.Table(
            columnwidth=[50, 90, 60, 80, 50, 190],
            header={
                "values": [f"<b>{name}</b>" for name in columns],
                "align": align,
                "fill_color": "rgba(128, 136, 150, 0.18)",
                "line_color": GRID,
                "height": 28,
            },
            cells={
                "values": list(columns.values()),
                "align": align,
                "fill_color": [tint],
                "line_color": GRID,
                "height": 25,
            },
        )
    )
    height = min(84 + 25 * len(queries), 900)
    return figure.update_layout(template="explorer", height=height, margin={"l": 4, "r": 4, "t": 8, "b": 8})
