"""What a DETR answers on held-out scenes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from explorer.analysis.slots import Answers, answers
from explorer.memory import LRUCache
from explorer.scenes import drawn_scenes, random_scene
from explorer.zoo.answers import read_answers
from explorer.zoo.model import Model

__all__ = ["COUNTS", "RECORDED", "ask", "scene_answers", "scene_parts", "scenes_of"]

RECORDED = "scenes-answers"
ANSWERS = LRUCache()
COUNTS = (1, 2, 4, 8, 12, 16, 20, 24, 32)
PIXELS_AT_ONCE = 16 * 160 * 160
"""Of a batch: a large model takes one scene at a time."""
STEP = 24
"""Scenes that are asked about at once and kept together: the step of the page's slider."""

Truths = list[tuple[np.ndarray, np.ndarray]]
"""Labels and corners of each scene's objects."""
Scenes = tuple[tuple[int, int | None], ...]
"""Seed and number of objects of each scene."""


def scene_answers(
    model: Model, count: int, *, crowded: bool = False, on_progress: Callable[[float], None]
) -> tuple[Answers, Truths]:
    """The model's answers on so many held-out scenes, and their objects.

    Scenes of 1 to 12 objects, or as many scenes of each of `COUNTS`, the first count's first.
    """
    done = list(scene_parts(model, count, crowded=crowded, on_progress=on_progress).values())
    truths = [true for _, part_truths in done for true in part_truths]
    # One part has a scene of every count: in order of the counts, the first of each part comes first.
    ways = len(COUNTS) if crowded else 1
    order = np.concatenate([np.arange(at, len(truths), ways) for at in range(ways)])
    return Answers(
        np.concatenate([part.probs for part, _ in done])[order],
        np.concatenate([part.boxes_cxcywh for part, _ in done])[order],
        done[0][0].classes,
    ), [truths[at] for at in order.tolist()]


def scene_parts(
    model: Model, count: int, *, crowded: bool = False, on_progress: Callable[[float], None]
) -> dict[Scenes, tuple[Answers, Truths]]:
    """The same in the parts in which they are kept."""
    parts, stored = scenes_of(count, crowded=crowded), _stored(model)
    done: dict[Scenes, tuple[Answers, Truths]] = {}
    for part in parts:
        key = ("scenes", model.entry.name, model.checkpoint, str(model.device), part)
        done[part] = ANSWERS.get(key, partial(_asked, model, part, stored))
        on_progress(len(done) / len(parts))
    return done


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
    arrays = read_answers(RECORDED, model.checkpoint)
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
