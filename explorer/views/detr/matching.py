"""The tab *Bipartite matching*: which query is matched to which object, at what cost, and its loss."""

from functools import partial

import numpy as np

from explorer.analysis.assignment import Assignment, CostWeights, assign
from explorer.analysis.detection_results import Predictions
from explorer.analysis.true_objects import TrueObjects
from explorer.figures.assignment import pairs_figure
from explorer.views.detr.controls import Controls
from explorer.views.detr.lens import MATCHING
from explorer.views.detr.seen import TRUTH, Seen, see, truth_of
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.values import picked

MATCHED = (*TRUTH, "layer", "class_cost", "l1", "giou", "without_queries", "without_objects")
matching_tab = partial(panel, tab="assignment")


def _assigned(controls: Controls, scope: Scope) -> tuple[Seen, Predictions, TrueObjects, Assignment]:
    seen = see(controls, scope)
    predictions = seen.sight.predictions(layer=controls.layer - 1)
    truth = truth_of(controls, scope, seen)
    assignment = assign(
        predictions.probs,
        predictions.boxes_cxcywh,
        truth,
        classes=seen.sight.classes,
        weights=CostWeights(controls.class_cost, controls.l1, controls.giou),
        without_queries=[int(number) for number in picked(controls.without_queries)],
        without_objects=[int(number) for number in picked(controls.without_objects)],
    )
    return seen, predictions, truth, assignment


def _weights(controls: Controls) -> str:
    return (
        f"decoder layer {controls.layer}, weights {controls.class_cost:g} (class), {controls.l1:g} (L1), "
        f"{controls.giou:g} (GIoU)"
    )


@matching_tab("matrix", "Matching cost and assignment", wide=True, lens=MATCHING, uses=(*MATCHED, "shown"))
def matrix_panel(controls: Controls, scope: Scope) -> Drawing:
    assignment = _assigned(controls, scope)[-1]
    caption = (
        f"Matching cost of every query for every object ({controls.shown}): {_weights(controls)}; the assignment is "
        f"outlined. {assignment.sentence}"
    )
    return draw(assignment, caption, part=controls.shown)


@matching_tab("pairs", "The assignment", lens=MATCHING, uses=MATCHED)
def pairs_panel(controls: Controls, scope: Scope) -> Drawing:
    seen, predictions, truth, assignment = _assigned(controls, scope)
    figure = pairs_figure(assignment, predictions, truth, **seen.on_picture)
    return draw(
        None,
        f"The assignment: each query's box joined to its object's, which is dotted; {_weights(controls)}. "
        f"{assignment.sentence}",
        figure=figure.update_layout(height=seen.height(430)),
        arrays={
            "query": (np.arange(len(predictions.scores)), ""),
            "box": (predictions.boxes, "photograph pixels: left, top, right, bottom"),
            **assignment.pair_arrays(),
        },
        numbers={"objects without a query": (len(assignment.missed_objects), "")},
        alt="The picture with pairs of boxes, each pair joined by a line: "
        + (
            ", ".join(f"query {query}, {assignment.names[thing]}" for query, thing in assignment.pairs)
            or "none"
        )
        + ".",
    )


@matching_tab("losses", "Loss per matched pair", uses=MATCHED)
def losses_panel(controls: Controls, scope: Scope) -> Drawing:
    assignment = _assigned(controls, scope)[-1]
    return draw(
        assignment.loss_by_pair,
        "What each pair, and each query that should predict “no object”, adds to the loss of this picture and layer: "
        f"{_weights(controls)}. {assignment.sentence}",
    )
