"""Correct predictions of the shipped trainings at every value of the page's sliders, counted once and kept.

`checkpoints/positions-table.json` has the questions and, by the hash of each training's weights, how many digits it
recognises at each. `explorer measure positions-table --record` writes it. Other weights are measured when they are shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from explorer.analysis.positions import right_answers, shuffled
from explorer.fresh import forget, while_unchanged
from explorer.views.controls import controls_of
from explorer.views.positions.controls import Controls
from explorer.views.positions.models import held_out
from explorer.whole import write_whole
from explorer.zoo.cards import folder
from explorer.zoo.small_models import SmallModel

__all__ = ["DIGITS", "FEWER", "SHARES", "Question", "accuracy_in_table", "accuracy_of", "questions", "write"]

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


def accuracy_in_table(checkpoint: str, question: Question) -> float | None:
    """The accuracy as it was counted; None for weights or questions that are not in the table."""
    return _read(_file()).get(checkpoint, {}).get(question)


def write(counts: Mapping[str, Sequence[int]], questions: Sequence[Question]) -> None:
    """Keep how many digits each checkpoint recognises, question by question: whole or not at all."""
    table = {"questions": [astuple(question) for question in questions], "right": counts}
    write_whole(_file(), f"{json.dumps(table, separators=(',', ':'))}\n".encode())
    forget()


def _file() -> Path:
    return folder() / "positions-table.json"


@while_unchanged
def _read(path: Path) -> dict[str, dict[Question, float]]:
    if not path.is_file():
        return {}
    table = json.loads(path.read_text(encoding="utf-8"))
    questions = [Question(*fields) for fields in table["questions"]]
    return {
        checkpoint: {
            question: right / question.digits for question, right in zip(questions, counts, strict=True)
        }
        for checkpoint, counts in table["right"].items()
    }
