"""One object query: its box in every layer, what it looks at, and what it asks of the other queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.controls import describe
from explorer.views.detr.controls import LIKELIEST, Controls
from explorer.views.detr.seen import SEEN, TRUTH, known_truth, query_columns, relevance_of, see
from explorer.views.view import Panel

if TYPE_CHECKING:
    from explorer.geometry import Box
    from explorer.views.detr.seen import Seen
    from explorer.views.scope import Scope

__all__ = ["PANELS"]

PIXELS = dict.fromkeys(("left", "top", "right", "bottom"), "photograph pixels")
WIDTH = 430
"""Of two figures that stand side by side, in pixels."""


def _head(controls: Controls) -> int | None:
    return None if controls.head == "mean" else int(controls.head) - 1


def _said(controls: Controls, seen: Seen) -> str:
    found = seen.sight.predictions(threshold=controls.threshold, layer=controls.layer - 1)
    query = controls.query
    return f"query {query} ({found.name(query)}, score {found.scores[query]:.2f})"


def _box_by_layer(controls: Controls, seen: Seen) -> list[Box]:
    sight = seen.sight
    return [sight.predictions(layer=each).box(controls.query) for each in range(sight.decoder_layers)]


def _draw_boxes(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    found = seen.sight.predictions(threshold=controls.threshold, layer=controls.layer - 1)
    truth = known_truth(controls, scope, seen)
    figure = found.figure(
        **seen.on_photo, truth=truth, chosen=controls.query, all_queries=controls.faint, click=True
    )
    return Drawing(
        figure=figure.update_layout(height=seen.height(WIDTH)),
        data=query_columns(found),
        units=PIXELS,
        caption=f"Boxes of {seen.who} after {_layer(controls)}, threshold {controls.threshold:g}; "
        f"{_said(controls, seen)} in strong colour, true boxes dotted. {found.sentence}",
        alt=f"The photograph with the boxes of the queries that are kept, that of query {controls.query} thick.",
        numbers={
            "kept": (f"{int(found.selected.sum())} of {len(found.selected)} queries", ""),
            f"query {controls.query}": (found.name(controls.query), ""),
            "score": (float(found.scores[controls.query]), ""),
            "“no object”": (float(found.probs[controls.query, -1]), ""),
        },
    )


def _layer(controls: Controls) -> str:
    return f"decoder layer {controls.layer}"


def _draw_table(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.pipeline import queries_table

    seen = see(controls, scope)
    found = seen.sight.predictions(threshold=controls.threshold, layer=controls.layer - 1)
    return Drawing(
        figure=queries_table(found, chosen=controls.query),
        data=query_columns(found),
        units=PIXELS,
        caption=f"Every query of {seen.who} after {_layer(controls)}, threshold {controls.threshold:g}: those "
        "that are kept and those that say “no object”. Boxes in photograph pixels.",
        alt="A table with a row for each query: class, score, probability of no object, kept or not, and box.",
    )


def _draw_trajectory(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    way = seen.sight.trajectory(controls.query)
    return Drawing(
        figure=way.figure(**seen.on_photo).update_layout(height=seen.height(WIDTH)),
        data={
            "left": way.boxes[:, 0],
            "top": way.boxes[:, 1],
            "right": way.boxes[:, 2],
            "bottom": way.boxes[:, 3],
            "score": way.scores,
        },
        units=PIXELS,
        caption=f"The box of query {controls.query} after every decoder layer of {seen.who}, the last one solid.",
        alt="The photograph with the query's box after each layer and a line along the box's centres.",
        numbers={
            f"overlap of layer {layer + 1} with the last": (float(share), "IoU")
            for layer, share in enumerate(way.agreement[:-1])
        },
    )


def _draw_convergence(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.detection import convergence_figure

    seen = see(controls, scope)
    way = seen.sight.trajectory(controls.query)
    return Drawing(
        figure=convergence_figure(way),
        data={"score": way.scores, "no object": way.no_object, "overlap": way.agreement},
        units={"score": "probability", "no object": "probability", "overlap": "IoU with the last box"},
        caption=f"Query {controls.query} through the decoder of {seen.who}: its score, its “no object”, and how "
        "far its box agrees with the last one.",
        alt="Three curves against the decoder layer.",
        numbers={"score after the last layer": (float(way.scores[-1]), "")},
    )


def _draw_cross_layers(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.query_attention import cross_attention

    seen = see(controls, scope)
    found, head = cross_attention(seen.sight, controls.query), _head(controls)
    return Drawing(
        figure=found.figure(**seen.on_photo, head=head, boxes=_box_by_layer(controls, seen)),
        data={"attention": np.stack([found.map(each, head) for each in found.layers])},
        units={"attention": "share of the row"},
        caption=f"Cross-attention of query {controls.query} in every decoder layer, "
        f"{describe(controls, ('head',))}, of {seen.who}; the outline is the query's box after that layer.",
        alt=f"{len(found.layers)} small maps, one for each decoder layer, with the query's box in each.",
    )


def _draw_cross_heads(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.query_attention import cross_attention

    seen, layer = see(controls, scope), controls.layer - 1
    found = cross_attention(seen.sight, controls.query, layer=layer)
    box = _box_by_layer(controls, seen)[layer]
    # A map for each head: NaN in a letterbox's margins has no share.
    weights = np.nan_to_num(found.weights[0]).reshape(found.weights.shape[1], -1)
    bits = -(weights * np.log2(np.maximum(weights, 1e-30))).sum(-1)
    return Drawing(
        figure=found.figure(**seen.on_photo, layer=layer, heads=True, boxes=[box]),
        data={"attention": found.weights[0], "entropy": bits},
        units={"attention": "share of the row", "entropy": "bit"},
        caption=f"Cross-attention of query {controls.query} in every head of {_layer(controls)} of {seen.who}; "
        "one colour scale for all.",
        alt=f"{len(bits)} small maps, one for each head, with the query's box in each.",
        numbers={f"head {head + 1}": (float(each), "bit") for head, each in enumerate(bits)},
    )


def _draw_relevance(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.detection import cells_figure
    from explorer.figures.overlay import cell_box

    seen, query = see(controls, scope), controls.query
    names = seen.sight.classes
    target = None if controls.target == LIKELIEST else names.index(controls.target)
    found = relevance_of(seen, query, target)
    values = np.where(seen.sight.inside, found.values[0], np.nan)
    answers = seen.sight.predictions(threshold=controls.threshold)
    box, name = answers.box(query), names[(found.targets or (0,))[0]]
    centres = [
        cell_box(seen.sight.grid.cell(at), seen.sight.grid, seen.sight.frame)
        for at in range(len(seen.sight.grid))
    ]
    within = np.array(
        [
            box.left <= (each.left + each.right) / 2 < box.right
            and box.top <= (each.top + each.bottom) / 2 < box.bottom
            for each in centres
        ]
    ).reshape(values.shape)
    total = float(np.nansum(values))
    return Drawing(
        figure=cells_figure(
            values, seen.sight.grid, **seen.on_photo, unit=found.unit, boxes=[box], click=False
        ).update_layout(height=seen.height(WIDTH, besides=70)),
        data={"relevance": values},
        units={"relevance": "gradient × attention"},
        caption=f"Relevance for the “{name}” of query {query}, through the decoder and the encoder of {seen.who}; the "
        "outline is the query's last box.",
        alt=f"The photograph under a map of what speaks for the {name} of query {query}, with the query's box.",
        numbers={
            "class": (name, ""),
            "within its box": (
                float(np.nansum(values[within]) / total) if total else 0.0,
                "of the relevance",
            ),
            "part of the picture": (float((within & seen.sight.inside).sum() / seen.sight.inside.sum()), ""),
        },
    )


def _draw_self(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.query_attention import query_attention

    seen, layer = see(controls, scope), controls.layer - 1
    found = query_attention(seen.sight, layer, head=_head(controls))
    answers = seen.sight.predictions(threshold=controls.threshold, layer=layer)
    names = [
        answers.name(query) if selected else "" for query, selected in enumerate(answers.selected.tolist())
    ]
    row = found.weights[controls.query]
    most = int(np.where(np.arange(len(row)) == controls.query, -1, row).argmax())
    return Drawing(
        figure=found.figure(names=names, chosen=controls.query),
        data={"attention": found.weights},
        units={"attention": "share of the row"},
        caption=f"What the queries of {seen.who} attend to among the queries, "
        f"{describe(controls, ('layer', 'head'))}; query {controls.query}'s row is outlined. {found.note}".strip(),
        alt="A square matrix of queries by queries; brighter is more attention.",
        numbers={
            "on itself": (float(row[controls.query]), ""),
            "most on another": (f"{row[most]:.3f} on query {most}", ""),
        },
    )


PANELS = (
    Panel(
        "queries",
        "Queries on the picture",
        _draw_boxes,
        (*TRUTH, "threshold", "layer", "query", "faint"),
        part="queries",
        click=("query",),
        first=0,
    ),
    Panel(
        "table",
        "Every query",
        _draw_table,
        (*SEEN, "threshold", "layer", "query"),
        part="queries",
        rows="query",
    ),
    Panel("trajectory", "Its box, layer by layer", _draw_trajectory, (*SEEN, "query"), part="queries"),
    Panel("convergence", "How it settles", _draw_convergence, (*SEEN, "query"), part="queries"),
    Panel("cross-layers", "What it looks at", _draw_cross_layers, (*SEEN, "query", "head"), part="queries"),
    Panel(
        "relevance",
        "Relevance for this query",
        _draw_relevance,
        (*SEEN, "threshold", "query", "target"),
        part="queries",
    ),
    Panel(
        "cross-heads",
        "Every head of the decoder layer",
        _draw_cross_heads,
        (*SEEN, "query", "layer"),
        part="queries",
    ),
    Panel(
        "self",
        "Self-attention between queries",
        _draw_self,
        (*SEEN, "threshold", "query", "layer", "head"),
        part="queries",
    ),
)
