"""How often the small vision transformers are right about held-out digits, at every value of the page's sliders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from explorer.analysis.moved_patches import right_answers, shuffled
from explorer.data.digits import held_out_inputs
from explorer.memory import LRUCache
from explorer.zoo.answers import read_answers
from explorer.zoo.small_models import SmallModel

__all__ = [
    "DIGITS",
    "FEWER",
    "RECORDED",
    "SHARES",
    "Question",
    "accuracy",
    "accuracy_of",
    "as_numbers",
    "questions",
    "shipped_accuracy",
]

RECORDED = "positions-answers"
MEASURED = LRUCache()
SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
DIGITS, FEWER = 360, 120
"""Held-out digits: all of them, and for what is measured at many shares the first third."""


@dataclass(frozen=True)
class Question:
    """How many digits are shown, and what is done to them before."""

    digits: int
    side: int = 8
    coded: bool = True
    share: float = 0.0
    shuffle: int = 0
    """The seed of the order; 0 where nothing is shuffled."""


def questions(sides: Sequence[int], shuffles: Sequence[int]) -> list[Question]:
    """Every question that can be asked with these sides of the picture and seeds of orders."""
    return [
        Question(DIGITS, coded=False),
        *(Question(DIGITS, side=side) for side in sides),
        Question(FEWER),
        *(Question(FEWER, share=share, shuffle=seed) for share in SHARES if share for seed in shuffles),
    ]


def accuracy(model: SmallModel, question: Question) -> float:
    """The model's accuracy: as it was counted for what ships, else measured once and remembered."""
    recorded = shipped_accuracy(model.checkpoint, question)
    if recorded is not None:
        return recorded
    key = ("accuracy", model.name, model.checkpoint, model.device, question)
    return MEASURED.get(key, lambda: accuracy_of(model, question))


def accuracy_of(model: SmallModel, question: Question) -> float:
    """The model's accuracy, measured now."""
    x, labels = (values.to(model.device) for values in held_out_inputs(question.digits))
    order = shuffled(64, question.share, seed=question.shuffle) if question.share else None
    module: Any = model.module
    return right_answers(module, x, labels, side=question.side, order=order, coded=question.coded)


def shipped_accuracy(checkpoint: str, question: Question) -> float | None:
    """The accuracy as it was counted before; None for weights or questions that were not asked."""
    answers = read_answers(RECORDED, checkpoint)
    if not answers:
        return None
    right = answers["right"][(answers["questions"] == as_numbers([question])).all(axis=1)]
    return float(right[0]) / question.digits if len(right) else None


def as_numbers(questions: Sequence[Question]) -> np.ndarray:
    """Questions as rows of numbers."""
    return np.array([astuple(question) for question in questions], dtype=np.float32)
