"""How many letters sequence models recall at each distance."""

from __future__ import annotations

import numpy as np

from explorer.analysis.long_range import accuracy_by_distance
from explorer.memory import LRUCache
from explorer.zoo.answers import read_answers
from explorer.zoo.small_models import SmallModel

__all__ = ["RECORDED", "SEQUENCES", "STEP", "recalled"]

RECORDED = "recall-answers"
"""How many of the `STEP` sequences of each part and distance the shipped trainings recall."""
SEQUENCES, STEP = 10_007, 20
"""The seed of the first `STEP` sequences of each distance; the next have the next seed, so that of more sequences only
the new ones are read."""
RECALLED = LRUCache()


def recalled(model: SmallModel, count: int) -> np.ndarray:
    """The share of so many new sequences that the model recalls, by distance."""
    sizes = [min(STEP, count - start) for start in range(0, count, STEP)]
    return np.average([_of_part(model, at, size) for at, size in enumerate(sizes)], 0, sizes)


def _of_part(model: SmallModel, at: int, size: int) -> np.ndarray:
    right = read_answers(RECORDED, model.checkpoint).get("right", ())
    if at < len(right) and size == STEP:
        return np.asarray(right[at] / STEP)
    key = ("recalled", model.name, model.checkpoint, model.device, at, size)
    return RECALLED.get(key, lambda: accuracy_by_distance(model.module, count=size, seed=SEQUENCES + at))
