"""Which query answers for which object, at what cost, and what it pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.detr.controls import Controls
from explorer.views.detr.seen import TRUTH, see, truth_of
from explorer.views.view import Panel

if TYPE_CHECKING:
    from explorer.analysis.assignment import Assignment, TrueObjects
    from explorer.analysis.detection import Predictions
    from explorer.figures.assignment import Part
    from explorer.views.detr.seen import Seen
    from explorer.views.scope import Scope

__all__ = ["PANELS"]

WEIGHTS = ("layer", "named", "l1", "giou", "without_queries", "without_objects")


def _assigned(controls: Controls, scope: Scope) -> tuple[Seen, Predictions, TrueObjects, Assignment]:
    from explorer.analysis.assignment import CostWeights, assign

    seen = see(controls, scope)
    found = seen.sight.predictions(layer=controls.layer - 1)
    truth = truth_of(controls, scope, seen)
    made = assign(
        found.probs,
        found.boxes_cxcywh,
        truth,
        classes=seen.sight.classes,
        weights=CostWeights(controls.named, controls.l1, controls.giou),
        without_queries=_numbers(controls.without_queries),
        without_objects=_numbers(controls.without_objects),
    )
    return seen, found, truth, made


def _numbers(picked: str) -> list[int]:
    return [int(each) for each in picked.split(",") if each]


def _said(controls: Controls, seen: Seen) -> str:
    return (
        f"{seen.who}, decoder layer {controls.layer}, weights {controls.named:g} (class), {controls.l1:g} (L1), "
        f"{controls.giou:g} (GIoU)"
    )


def _pairs(made: Assignment) -> dict[str, np.ndarray]:
    """The pairs, for files; nothing where there is none."""
    if not made.pairs:
        return {}
    return {
        "pair query": np.array([query for query, _ in made.pairs]),
        "pair object": np.array([thing for _, thing in made.pairs]),
        "pair cost": np.array([made.cost[pair] for pair in made.pairs]),
    }


def _draw_matrix(controls: Controls, scope: Scope) -> Drawing:
    seen, found, _, made = _assigned(controls, scope)
    parts: dict[Part, np.ndarray] = {
        "cost": made.cost,
        "class": made.class_cost,
        "L1": made.l1,
        "GIoU": made.giou,
    }
    part = next(each for each in parts if each == controls.shown)
    filled: dict[str, np.ndarray] = {name: values for name, values in parts.items() if values.size}
    return Drawing(
        figure=made.figure(part=part),
        data={"query": np.arange(len(found.scores)), **filled, **_pairs(made)},
        units=dict.fromkeys(filled, "1"),
        caption=f"Matching cost of every query for every object ({controls.shown}): {_said(controls, seen)}; the "
        f"assignment is outlined. {made.sentence}",
        alt="A matrix of queries by objects; darker is cheaper, and the cells of the assignment are outlined.",
        numbers={
            "cost of the assignment": (made.total, ""),
            "pairs": (len(made.pairs), ""),
            "queries for “no object”": (len(made.free_queries), ""),
        },
    )


def _draw_pairs(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.assignment import pairs_figure

    seen, found, truth, made = _assigned(controls, scope)
    return Drawing(
        figure=pairs_figure(made, found, truth, **seen.on_photo).update_layout(height=seen.height(430)),
        data={"query": np.arange(len(found.scores)), "box": found.boxes, **_pairs(made)},
        units={"box": "photograph pixels: left, top, right, bottom"},
        caption=f"The assignment of {_said(controls, seen)}: each query's box joined to its object's, which is "
        f"dotted. {made.sentence}",
        alt=f"The photograph with {len(made.pairs)} pairs of boxes, each pair joined by a line.",
        numbers={"objects without a query": (len(made.missed_objects), "")},
    )


def _draw_losses(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.assignment import losses_figure

    seen, _, _, made = _assigned(controls, scope)
    pairs = {
        f"pair {name}": np.array([getattr(pair, at) for pair in made.losses])
        for name, at in (
            ("query", "query"),
            ("object", "object"),
            ("class", "class_cost"),
            ("L1", "l1"),
            ("GIoU", "giou"),
        )
        if made.losses
    }
    return Drawing(
        figure=losses_figure(made),
        data={"no object": made.no_object_loss, **pairs},
        units={"no object": "part of the loss"},
        caption=f"What each pair, and each query that should say “no object”, adds to the loss of this picture and "
        f"layer: {_said(controls, seen)}. {made.sentence}",
        alt="Stacked bars, one for each pair and each free query: class, L1 and GIoU.",
        numbers={
            "loss": (made.loss, ""),
            "of it, pairs": (float(sum(pair.total for pair in made.losses)), ""),
            "of it, “no object”": (float(made.no_object_loss.sum()), ""),
        },
    )


PANELS = (
    Panel("matrix", "Cost of every pair", _draw_matrix, (*TRUTH, *WEIGHTS, "shown"), part="assignment"),
    Panel("pairs", "The assignment", _draw_pairs, (*TRUTH, *WEIGHTS), part="assignment"),
    Panel("losses", "Loss per matched pair", _draw_losses, (*TRUTH, *WEIGHTS), part="assignment"),
)
