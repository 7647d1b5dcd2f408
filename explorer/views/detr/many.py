"""The tabs *Query specialisation* and *Failure cases*: what shows only over many scenes."""

from functools import partial

from explorer.analysis.average_precision import matched_answers, precision_of
from explorer.analysis.recall import recall_by_count, recall_by_size
from explorer.analysis.slots import Answers, Slots, slots
from explorer.errors import AnalysisError
from explorer.recorded.scenes import COUNTS, Truths, scene_answers, scene_parts
from explorer.scenes import KINDS
from explorer.views.detr.controls import Controls
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.zoo.model import Model

SLOT = "scene_model"
USES = (SLOT, "trained", "scenes")


def _answers(controls: Controls, scope: Scope, *, crowded: bool = False) -> tuple[Answers, Truths]:
    """On the scenes that are set, of a model that knows their classes.

    Raises:
        AnalysisError: it does not.
    """
    return scene_answers(_of_scenes(scope), controls.scenes, crowded=crowded, on_progress=scope.progress)


def _of_scenes(scope: Scope) -> Model:
    """The model, which knows the scenes' classes. Raises as `_answers`."""
    model = scope.model(SLOT)
    if tuple(model.classes) != KINDS:
        raise AnalysisError(
            f"{model.entry.title} cannot be measured on scenes",
            why="it does not know their kinds of objects",
            do="choose detr-scenes",
        )
    return model


def _slots(controls: Controls, scope: Scope) -> Slots:
    found, _ = scene_answers(scope.model(SLOT), controls.scenes, on_progress=scope.progress)
    return slots(found, threshold=controls.threshold)


def _scenes(controls: Controls) -> str:
    return f"{controls.scenes} held-out scenes of 1 to 12 objects"


@panel("slots", "Boxes of each query", wide=True, tab="slots", uses=(*USES, "threshold"))
def slots_panel(controls: Controls, scope: Scope) -> Drawing:
    result = _slots(controls, scope)
    if not result.selected.any():
        raise AnalysisError(
            f"No query found anything above a threshold of {controls.threshold:g} in {controls.scenes} scenes",
            do="lower the threshold",
        )
    return draw(
        result,
        f"Where each query's boxes lie in {_scenes(controls)}, threshold {controls.threshold:g}. One point a box at its "
        "centre, coloured by its size; the percentage is the share of scenes in which the query detected something.",
    )


@panel("classes", "Classes of each query", tab="slots", uses=(*USES, "threshold"))
def classes_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        _slots(controls, scope).by_class,
        f"Objects of each class that each query detected in {_scenes(controls)}, threshold {controls.threshold:g}.",
    )


@panel("by-count", "Recall by number of objects", tab="limits", uses=(*USES, "threshold"))
def by_count_panel(controls: Controls, scope: Scope) -> Drawing:
    result, truths = _answers(controls, scope, crowded=True)
    curve = recall_by_count(
        result.scores, result.labels, result.corners, truths, threshold=controls.threshold
    )
    queries = result.scores.shape[1]
    return draw(
        curve,
        f"Recall (class, IoU 0.5 and more, threshold {controls.threshold:g}) against the number of objects, "
        f"{len(truths) // len(COUNTS)} held-out scenes of each. With {queries} queries, some of more objects must be "
        "missed.",
        numbers={f"{count} objects": value for count, value in curve.numbers().items()},
        queries=queries,
    )


@panel("by-size", "Recall by size of objects", tab="limits", uses=(*USES, "threshold"))
def by_size_panel(controls: Controls, scope: Scope) -> Drawing:
    result, truths = _answers(controls, scope)
    curve = recall_by_size(result.scores, result.labels, result.corners, truths, threshold=controls.threshold)
    return draw(
        curve,
        f"Recall against the size of objects, {_scenes(controls)}, threshold {controls.threshold:g}.",
        numbers={f"size {size}": value for size, value in curve.numbers().items()},
    )


@panel("precision", "Average precision", tab="limits", uses=USES)
def precision_panel(controls: Controls, scope: Scope) -> Drawing:
    parts = scene_parts(_of_scenes(scope), controls.scenes, on_progress=scope.progress)
    # Of more scenes only those that are new are matched with their objects.
    matched = [
        scope.remember(("matched", scenes), partial(matched_answers, *asked))
        for scenes, asked in parts.items()
    ]
    return draw(
        precision_of(matched),
        f"Average precision as COCO defines it, on {_scenes(controls)}. Small is below 5 % of the picture's side, large "
        "above 15 %.",
    )
