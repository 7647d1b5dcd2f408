"""The tabs *Query specialisation* and *Failure cases*: what shows only over many scenes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from explorer.analysis.average_precision import AveragePrecision, precision_of
from explorer.analysis.recall import recall_by_count, recall_by_size
from explorer.analysis.slots import Answers, Slots, answers, slots
from explorer.errors import AnalysisError
from explorer.export.drawing import Drawing
from explorer.memory import LRUCache
from explorer.scenes import KINDS, drawn_scenes, random_scene
from explorer.views.detr.controls import Controls
from explorer.views.panel import draw, panel
from explorer.views.scope import Scope
from explorer.zoo.answers import read_answers
from explorer.zoo.model import Model

ASKED = "scenes-answers"
"""The shipped model's answers on every scene that the slider can ask for."""
ANSWERS = LRUCache()
COUNTS = (1, 2, 4, 8, 12, 16, 20, 24, 32)
PIXELS_AT_ONCE = 16 * 160 * 160
"""Of a batch: a large model takes one scene at a time."""
SLOT = "scene_model"
USES = (SLOT, "trained", "scenes")
STEP = 24
"""Scenes that are asked about at once and kept together: the slider's step."""

Truths = list[tuple[np.ndarray, np.ndarray]]
Scenes = tuple[tuple[int, int | None], ...]
"""Seed and number of objects of each scene."""


def _answers(controls: Controls, scope: Scope, *, crowded: bool = False) -> tuple[Answers, Truths]:
    """The model's answers on held-out scenes, and their objects.

    Scenes of 1 to 12 objects, or as many scenes of each of `COUNTS`, the first count's first.
    """
    parts, model = scenes_of(controls.scenes, crowded=crowded), scope.model(SLOT)
    stored, done = _stored(model), list[tuple[Answers, Truths]]()
    for part in parts:
        key = ("scenes", model.entry.name, model.checkpoint, str(model.device), part)
        done.append(ANSWERS.get(key, partial(_asked, model, part, stored)))
        scope.progress(len(done) / len(parts))
    truths = [true for _, part_truths in done for true in part_truths]
    # One part has a scene of every count: in order of the counts, the first of each part comes first.
    ways = len(COUNTS) if crowded else 1
    order = np.concatenate([np.arange(at, len(truths), ways) for at in range(ways)])
    return Answers(
        np.concatenate([part.probs for part, _ in done])[order],
        np.concatenate([part.boxes_cxcywh for part, _ in done])[order],
        done[0][0].classes,
    ), [truths[at] for at in order.tolist()]


def scenes_of(count: int, *, crowded: bool) -> list[Scenes]:
    """So many scenes in parts, which are kept from one number of scenes to the next."""
    if crowded:
        seeds = range(max(1, count // len(COUNTS)))
        return [tuple((10_000 * objects + seed, objects) for objects in COUNTS) for seed in seeds]
    starts = range(0, count, STEP)
    return [tuple((seed, None) for seed in range(start, min(start + STEP, count))) for start in starts]


@dataclass(frozen=True)
class _Stored:
    """What a model answered beforehand, and where each scene stands in it."""

    arrays: Mapping[str, np.ndarray]
    rows: Mapping[tuple[int, int | None], int]
    ends: np.ndarray
    """Where the objects of each scene end."""


def _stored(model: Model) -> _Stored | None:
    arrays = read_answers(ASKED, model.checkpoint)
    if not arrays:
        return None
    scenes = arrays["scenes"].tolist()
    rows = {(seed, objects or None): row for row, (seed, objects) in enumerate(scenes)}
    return _Stored(arrays, rows, arrays["objects"].cumsum())


def _asked(model: Model, scenes: Scenes, known: _Stored | None) -> tuple[Answers, Truths]:
    """The answers on a part, as they were given beforehand or now."""
    if known is None or any(scene not in known.rows for scene in scenes):
        return ask(model, scenes)
    stored, chosen = known.arrays, [known.rows[scene] for scene in scenes]
    truths = [
        (stored["labels"][end - count : end], stored["corners"][end - count : end])
        for end, count in ((known.ends[row], stored["objects"][row]) for row in chosen)
    ]
    return Answers(stored["probs"][chosen], stored["boxes_cxcywh"][chosen], tuple(model.classes)), truths


def ask(model: Model, scenes: Scenes) -> tuple[Answers, Truths]:
    """The model's answers on a few scenes, and their objects."""
    rows, columns = model.input_size
    pictures, truths = drawn_scenes(
        random_scene(seed, count=count, height=rows, width=columns, held_out=True) for seed, count in scenes
    )
    batch = max(1, min(16, PIXELS_AT_ONCE // (rows * columns)))
    return answers(model, pictures, batch=batch), truths


def _answers_and_truths(controls: Controls, scope: Scope, *, crowded: bool = False) -> tuple[Answers, Truths]:
    """`_answers` of a model that knows the classes of scenes.

    Raises:
        AnalysisError: it does not.
    """
    model = scope.model(SLOT)
    if tuple(model.classes) != KINDS:
        raise AnalysisError(
            f"{model.entry.title} cannot be measured on scenes",
            why="it does not know their kinds of objects",
            do="choose detr-scenes",
        )
    return _answers(controls, scope, crowded=crowded)


def _slots(controls: Controls, scope: Scope) -> Slots:
    return slots(_answers(controls, scope)[0], threshold=controls.threshold)


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
    result, truths = _answers_and_truths(controls, scope, crowded=True)
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
    result, truths = _answers_and_truths(controls, scope)
    curve = recall_by_size(result.scores, result.labels, result.corners, truths, threshold=controls.threshold)
    return draw(
        curve,
        f"Recall against the size of objects, {_scenes(controls)}, threshold {controls.threshold:g}.",
        numbers={f"size {size}": value for size, value in curve.numbers().items()},
    )


@panel("precision", "Average precision", tab="limits", uses=USES)
def precision_panel(controls: Controls, scope: Scope) -> Drawing:
    results, truths = _answers_and_truths(controls, scope)
    return draw(
        AveragePrecision({name: float(value) for name, value in precision_of(results, truths).items()}),
        f"Average precision as COCO defines it, on {_scenes(controls)}. Small is below 5 % of the picture's side, large "
        "above 15 %.",
    )
