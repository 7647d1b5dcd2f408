"""Transformers need a positional encoding (B6), at every value of the page's sliders: what the page *Positional encoding* reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from explorer.sweep.measurement import Columns, Measure, Measurement, here

if TYPE_CHECKING:
    from explorer.recorded.digits import Question

__all__ = ["CountedAnswers", "measure"]

RIGHT = "right"


def all_questions() -> list[Question]:
    """Every question that the page's sliders can ask."""
    from explorer.recorded.digits import questions
    from explorer.views.controls import control_of
    from explorer.views.positions.controls import Controls

    side, shuffle = (control_of(Controls, name) for name in ("side", "shuffle"))
    return questions(range(side.low, side.high + 1), range(shuffle.low, shuffle.high + 1))


@dataclass(frozen=True, kw_only=True)
class CountedAnswers(Measurement):
    """How many digits each training reads right: a row for every question that the page can ask."""

    trainings: Mapping[str, tuple[str, int]]
    """The code and the seed of each model."""

    batch: ClassVar[int] = 8

    @property
    def count(self) -> int:
        return len(all_questions())

    def load(self, model: str) -> Any:
        from explorer.zoo.position_models import load_positions

        code, seed = self.trainings[model]
        return load_positions(code, seed=seed, device=self.device)

    def of(self, model: str, pictures: range) -> Columns:
        from explorer.recorded.digits import accuracy_of

        asked = all_questions()[pictures.start : pictures.stop]
        loaded = self.load(model)
        return {RIGHT: [round(accuracy_of(loaded, question) * question.digits) for question in asked]}


def measure(*, device: str = "cpu", record: bool = False, rows: Measure = here) -> Mapping[str, Any]:
    """How many held-out digits each shipped training reads right, summed over every order of the patches and every
    side of the picture that the page can be set to. `record` keeps the counts for the page.

    Raises:
        WeightsNotFound: a model does not ship yet.
    """
    import numpy as np

    from explorer.models.position_vit import CODES
    from explorer.recorded.digits import RECORDED, as_numbers
    from explorer.zoo.answers import write_answers
    from explorer.zoo.position_models import POSITION_SEEDS, positions_name

    trainings = {positions_name(code, seed): (code, seed) for code in CODES for seed in range(POSITION_SEEDS)}
    measurement = CountedAnswers(models=tuple(trainings), trainings=trainings, device=device)
    weights = measurement.weights
    right = {name: columns[RIGHT] for name, columns in rows(measurement).items()}
    asked = all_questions()
    if record:
        write_answers(
            RECORDED,
            {
                weights[name]: {"right": counts.astype(np.int16), "questions": as_numbers(asked)}
                for name, counts in right.items()
            },
        )
    shown = sum(question.digits for question in asked)
    return {
        "values": {name: round(int(counts.sum()) / shown, 4) for name, counts in right.items()},
        "model": list(weights),
        "checkpoint": list(weights.values()),
        "data": f"{len(asked)} questions about test digits of scikit-learn",
        "device": device,
    }
