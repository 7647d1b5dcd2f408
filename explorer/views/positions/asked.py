"""What the page asks of the small Vision Transformers, at every value of its sliders, and how often they were right.

`explorer measure positions-answers --record` writes the answers of the shipped trainings. Other weights are asked when they
are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from explorer.analysis.positions import right_answers, shuffled
from explorer.views.controls import controls_of
from explorer.views.positions.controls import Controls
from explorer.views.positions.models import held_out
from explorer.zoo.answers import read_answers
from explorer.zoo.small_models import SmallModel

__all__ = [
    "ANSWERS",
    "DIGITS",
    "FEWER",
    "SHARES",
    "Question",
    "accuracy_of",
    "as_numbers",
    "questions",
    "shipped_accuracy",
]

ANSWERS = "positions-answers"
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


def questions() -> list[Question]:
    """Every question that the page can ask."""
    controls = {control.name: control for control in controls_of(Controls)}
    sides, shuffles = (range(controls[name].low, controls[name].high + 1) for name in ("side", "shuffle"))
    return [
        Question(DIGITS, coded=False),
        *(Question(DIGITS, side=side) for side in sides),
        Question(FEWER),
        *(Question(FEWER, share=share, shuffle=seed) for share in SHARES if share for seed in shuffles),
    ]


def accuracy_of(model: SmallModel, question: Question) -> float:
    """The model's accuracy."""
    x, labels = (values.to(model.device) for values in held_out(question.digits))
    order = shuffled(64, question.share, seed=question.shuffle) if question.share else None
    module: Any = model.module
    return right_answers(module, x, labels, side=question.side, order=order, coded=question.coded)


def shipped_accuracy(checkpoint: str, question: Question) -> float | None:
    """The accuracy as it was counted before; None for weights or questions that were not asked."""
    answers = read_answers(ANSWERS, checkpoint)
    if not answers:
        return None
    right = answers["right"][(answers["questions"] == as_numbers([question])).all(axis=1)]
    return float(right[0]) / question.digits if len(right) else None


def as_numbers(questions: Sequence[Question]) -> np.ndarray:
    """Questions as rows of numbers."""
    return np.array([astuple(question) for question in questions], dtype=np.float32)
