"""Right answers of the shipped trainings at every value of the page's sliders, counted once and kept.

`checkpoints/positions-table.json` has the questions and, by the hash of each training's weights, how many digits it
reads right at each. `explorer measure positions-table --record` writes it. Other weights are asked when they are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.fresh import forget, while_unchanged
from explorer.views.controls import controls_of
from explorer.views.positions.controls import Controls
from explorer.zoo.cards import folder

if TYPE_CHECKING:
    from explorer.zoo.small_models import SmallModel

__all__ = ["DIGITS", "FEWER", "SHARES", "Question", "answer", "kept", "questions", "write"]

SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
DIGITS, FEWER = 360, 120
"""Held-out digits: all of them, and for what is asked at many shares the first third."""


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
    controls = {each.name: each for each in controls_of(Controls)}
    sides, shuffles = (range(controls[name].low, controls[name].high + 1) for name in ("side", "shuffle"))
    return [
        Question(DIGITS, coded=False),
        *(Question(DIGITS, side=side) for side in sides),
        Question(FEWER),
        *(Question(FEWER, share=share, shuffle=seed) for share in SHARES if share for seed in shuffles),
    ]


def answer(model: SmallModel, question: Question) -> float:
    """The share that the model reads right."""
    from explorer.analysis.positions import right_answers, shuffled
    from explorer.views.positions.models import held_out

    x, labels = (each.to(model.device) for each in held_out(question.digits))
    order = shuffled(64, question.share, seed=question.shuffle) if question.share else None
    module: Any = model.module
    return right_answers(module, x, labels, side=question.side, order=order, coded=question.coded)


def kept(checkpoint: str, question: Question) -> float | None:
    """The share as it was counted; None for weights or questions that are not in the table."""
    return _read(_file()).get(checkpoint, {}).get(question)


def write(counted: Mapping[str, Sequence[int]], asked: Sequence[Question]) -> None:
    """Keep how many digits each checkpoint reads right, question by question: whole or not at all."""
    path = _file()
    part = path.with_suffix(".json.part")
    said = {"questions": [astuple(each) for each in asked], "right": counted}
    part.write_text(json.dumps(said, separators=(",", ":")) + "\n", encoding="utf-8")
    part.replace(path)
    forget()


def _file() -> Path:
    return folder() / "positions-table.json"


@while_unchanged
def _read(path: Path) -> dict[str, dict[Question, float]]:
    if not path.is_file():
        return {}
    said = json.loads(path.read_text(encoding="utf-8"))
    asked = [Question(*each) for each in said["questions"]]
    return {
        checkpoint: {each: right / each.digits for each, right in zip(asked, counts, strict=True)}
        for checkpoint, counts in said["right"].items()
    }
