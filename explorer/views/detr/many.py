"""What shows only over many scenes: what each query is for, and where a DETR reaches its limits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import AnalysisError
from explorer.export.drawing import Drawing
from explorer.memory import Memory
from explorer.scenes import KINDS, drawn_scenes, random_scene
from explorer.views.detr.controls import Controls
from explorer.views.view import Panel

if TYPE_CHECKING:
    from explorer.analysis.recall import RecallCurve
    from explorer.analysis.slots import Answers
    from explorer.views.scope import Scope
    from explorer.zoo.model import Model

__all__ = ["PANELS"]

ANSWERS = Memory()
COUNTS = (1, 2, 4, 8, 12, 16, 20, 24, 32)
PIXELS_AT_ONCE = 16 * 160 * 160
"""Of a batch: a large model takes one scene at a time."""
SLOT = "scene_model"
USES = (SLOT, "trained", "scenes")

STEP = 24
"""Scenes that are asked about at once and kept together: the slider's step."""

Truths = list[tuple[np.ndarray, np.ndarray]]
_Asked = tuple[tuple[int, int | None], ...]
"""Seed and number of objects of each scene."""


def _answers(controls: Controls, scope: Scope, *, crowded: bool = False) -> tuple[Answers, Truths]:
    """The model's answers on held-out scenes, and their objects.

    Scenes of 1 to 12 objects, or as many scenes of each of `COUNTS`, the first count's first.
    """
    from explorer.analysis.slots import Answers

    if not crowded:
        parts = [
            range(start, min(start + STEP, controls.scenes)) for start in range(0, controls.scenes, STEP)
        ]
        asked: list[_Asked] = [tuple((seed, None) for seed in part) for part in parts]
    else:
        each = max(1, controls.scenes // len(COUNTS))
        asked = [tuple((10_000 * count + seed, count) for count in COUNTS) for seed in range(each)]
    model = scope.model(SLOT)
    found: list[Answers] = []
    truths: list[Truths] = []
    for part in asked:
        key = ("scenes", model.entry.name, model.checkpoint, str(model.device), part)
        answers, true = ANSWERS.get(key, partial(_part, model, part))
        found.append(answers)
        truths.append(true)
        scope.progress(len(found) / len(asked))
    # One part has a scene of every count: in order of the counts, the first of each part comes first.
    ways = len(COUNTS) if crowded else 1
    order = np.concatenate([np.arange(at, sum(map(len, truths)), ways) for at in range(ways)])
    every = [true for part in truths for true in part]
    return Answers(
        np.concatenate([each.probs for each in found])[order],
        np.concatenate([each.boxes_cxcywh for each in found])[order],
        found[0].classes,
    ), [every[at] for at in order.tolist()]


def _part(model: Model, asked: _Asked) -> tuple[Answers, Truths]:
    """A few scenes: those of more are kept from one number of scenes to the next."""
    from explorer.analysis.slots import answers

    rows, columns = model.input_size
    pictures, true = drawn_scenes(
        random_scene(seed, count=count, height=rows, width=columns, held_out=True) for seed, count in asked
    )
    batch = max(1, min(16, PIXELS_AT_ONCE // (rows * columns)))
    return answers(model, pictures, batch=batch), true


def _judged(controls: Controls, scope: Scope, *, crowded: bool = False) -> tuple[Answers, Truths]:
    """`_answers` of a model that knows what it is asked for.

    Raises:
        AnalysisError: it does not know the kinds of objects of scenes.
    """
    model = scope.model(SLOT)
    if tuple(model.classes) != KINDS:
        raise AnalysisError(
            f"{model.entry.title} cannot be measured on scenes",
            why="it does not know their kinds of objects",
            do="choose detr-scenes",
        )
    return _answers(controls, scope, crowded=crowded)


def _who(model: Model) -> str:
    return f"{model.entry.title}{'' if model.trained else ', untrained'}"


def _draw_slots(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.slots import slots

    found, _ = _answers(controls, scope)
    result = slots(found, threshold=controls.threshold)
    if not result.selected.any():
        raise AnalysisError(
            f"No query found anything above a threshold of {controls.threshold:g} in {controls.scenes} scenes",
            do="lower the threshold",
        )
    said = f"{_who(scope.model(SLOT))} in {controls.scenes} scenes of 1 to 12 objects, threshold {controls.threshold:g}"
    return Drawing(
        figure=result.figure(),
        data={
            "uses": result.uses,
            "centre": result.centre,
            "spread": result.spread,
            "size": result.size,
            "kept": result.selected,
            "box": result.boxes_cxcywh,
            "label": result.labels,
        },
        units={
            "uses": "share of the scenes",
            "centre": "column, row as shares of the picture",
            "spread": "column, row as shares of the picture",
            "size": "share of the picture's side",
            "box": "centre column, centre row, width, height as shares of the picture",
        },
        caption=f"Where each query's boxes lie: {said}. One point a box at its centre, coloured by its size; the "
        "percentage says in how many scenes the query found something.",
        alt="One small square for each query, with a point at the centre of every box it predicted.",
        numbers={
            "specialised": (result.specialised, "(0: not at all, 1: to a point)"),
            "objects found a scene": (float(result.selected.sum(1).mean()), ""),
        },
    )


def _draw_classes(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.slots import slots
    from explorer.figures.slots import classes_figure

    found, _ = _answers(controls, scope)
    result = slots(found, threshold=controls.threshold)
    counts = np.stack(
        [(result.selected & (result.labels == label)).sum(0) for label in range(len(result.classes))], 1
    )
    return Drawing(
        figure=classes_figure(result),
        data={"found": counts, "class": np.array(result.classes)},
        units={"found": "objects, queries by classes"},
        caption=f"Which kinds of object each query of {_who(scope.model(SLOT))} found in {controls.scenes} scenes, "
        f"threshold {controls.threshold:g}.",
        alt="A matrix of queries by kinds of object; brighter is found more often.",
        numbers={"boxes counted": (int(counts.sum()), "")},
    )


def _recall(curve: RecallCurve, caption: str, alt: str, *, group: str, queries: int | None = None) -> Drawing:
    return Drawing(
        figure=curve.figure(queries=queries),
        data={"at": curve.at, "recall": curve.recall, "objects": curve.objects, "bound": curve.bound},
        units={"at": curve.subject, "recall": "share of the objects", "bound": "share of the objects"},
        caption=caption,
        alt=alt,
        numbers={
            group.format(at): (float(recall), "") for at, recall in zip(curve.at, curve.recall, strict=True)
        },
    )


def _draw_by_count(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.recall import recall_by_count

    found, true = _judged(controls, scope, crowded=True)
    curve = recall_by_count(found.scores, found.labels, found.corners, true, threshold=controls.threshold)
    queries = found.scores.shape[1]
    return _recall(
        curve,
        f"Share of the objects that {_who(scope.model(SLOT))} finds (its class, IoU 0.5 and more, threshold "
        f"{controls.threshold:g}) against their number, {len(true) // len(COUNTS)} held-out scenes of each. It "
        f"has {queries} queries, so that of more objects some must be missed.",
        "A curve of recall against the number of objects, and the most that so many queries could reach.",
        group="{:g} objects",
        queries=queries,
    )


def _draw_by_size(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.recall import recall_by_size

    found, true = _judged(controls, scope)
    curve = recall_by_size(found.scores, found.labels, found.corners, true, threshold=controls.threshold)
    return _recall(
        curve,
        f"Share of the objects that {_who(scope.model(SLOT))} finds against their size, {controls.scenes} held-out "
        f"scenes of 1 to 12 objects, threshold {controls.threshold:g}.",
        "A curve of recall against the size of the objects.",
        group="size {:g}",
    )


def _draw_precision(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.average_precision import precision_of
    from explorer.figures.recall import average_precision_figure

    found, true = _judged(controls, scope)
    measured = {name: float(value) for name, value in precision_of(found, true).items()}
    return Drawing(
        figure=average_precision_figure(measured),
        data={"measure": np.array(list(measured)), "average precision": np.array(list(measured.values()))},
        units={"average precision": "1; −1 where there was no such object"},
        caption=f"Average precision of {_who(scope.model(SLOT))} as COCO defines it, on {controls.scenes} held-out "
        "scenes of 1 to 12 objects. Small is below 5 % of the picture's side, large above 15 %.",
        alt="Bars of average precision: over all overlaps, at 0.5, at 0.75, and for small, medium and large objects.",
        numbers={name: (value, "") for name, value in measured.items() if value >= 0},
    )


PANELS = (
    Panel("slots", "Where each query looks", _draw_slots, (*USES, "threshold"), part="slots"),
    Panel("classes", "What each query finds", _draw_classes, (*USES, "threshold"), part="slots"),
    Panel("by-count", "More objects than queries", _draw_by_count, (*USES, "threshold"), part="limits"),
    Panel("by-size", "Small and large", _draw_by_size, (*USES, "threshold"), part="limits"),
    Panel("precision", "Average precision", _draw_precision, USES, part="limits"),
)
