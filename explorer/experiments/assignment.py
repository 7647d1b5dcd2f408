"""Object queries are assigned one to one: the optimum of the assignment, and how well a DETR detects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.experiments.detr_answers import DetrAnswers, answers_of, true_of
from explorer.sweep.measurement import Columns, Measure, here

__all__ = ["Assigned", "measure"]

ABOVE = "cost above the optimum"


@dataclass(frozen=True, kw_only=True)
class Assigned(DetrAnswers):
    """And how far the cost of our assignment is from SciPy's optimum."""

    def of(self, model: str, pictures: range) -> Columns:
        columns = super().of(model, pictures)
        classes = self.load(model).classes
        outputs = answers_of(columns, classes)
        above = [
            _above(outputs.probs[i], outputs.boxes_cxcywh[i], truth, classes)
            for i, truth in enumerate(true_of(columns))
        ]
        return {**columns, ABOVE: np.array(above)}


def _above(
    probs: np.ndarray, predicted: np.ndarray, true: Mapping[str, Any], classes: tuple[str, ...]
) -> float:
    from scipy.optimize import linear_sum_assignment

    from explorer.analysis.assignment import assign
    from explorer.analysis.true_objects import TrueObjects

    counted = np.asarray(true.get("iscrowd", np.zeros(len(true["labels"])))) == 0
    labels, boxes = true["labels"].numpy()[counted], true["boxes"].numpy()[counted]
    low, high = boxes[:, :2], boxes[:, 2:]
    boxes_cxcywh = np.concatenate([(low + high) / 2, high - low], 1).astype(np.float64)
    truth = TrueObjects(labels, boxes_cxcywh, tuple(classes[label] for label in labels), ())
    made = assign(probs, predicted, truth, classes=classes)
    return abs(made.total - made.cost[linear_sum_assignment(made.cost)].sum())


def measure(
    *,
    model: str = "detr-scenes",
    data: Path | None = None,
    scenes: int = 500,
    threshold: float = 0.5,
    device: str = "auto",
    record: bool = False,
    rows: Measure = here,
) -> Mapping[str, Any]:
    """Average precision on held-out pictures, and the assignment's cost against SciPy's optimum on the same.

    For `detr-photos` the pictures are those of `detection-test.npz` in the folder `data`, where ambiguous boxes count
    as crowds; for `detr-cells` they are the authors' test list of `bccd.zip` there; for the others they are `scenes` held-out scenes of 1 to 12 objects, on photographs that no training scene had.
    Sizes as COCO's on pictures of 640 pixels: small below 5 % of the side, large above 15 %. `specialised`
    says how much less each query's centres vary than all (figure 7 of the paper). AP50 of all and of each class has its
    95 % interval (bootstrap over pictures). `record` writes AP and AP50, and AP50 of each class, on the card.

    Raises:
        AnalysisError: the pictures are not there, or the model knows neither scenes nor cells.
        ModelError: the model cannot be loaded.
    """
    from explorer.analysis.average_precision import ap50_intervals, average_precision, predictions
    from explorer.analysis.slots import slots
    from explorer.zoo import cards

    measurement = Assigned(models=(model,), data=data, scenes=scenes, device=device)
    shown = measurement.load(model)
    columns = rows(measurement)[model]
    outputs, true = answers_of(columns, shown.classes), true_of(columns)
    predicted = predictions(outputs)
    measured = average_precision(predicted, true, by_class=True)
    ap50 = {
        "all" if label is None else shown.classes[label]: [round(float(value), 4) for value in interval]
        for label, interval in ap50_intervals(predicted, true).items()
    }
    by_class = {shown.classes[label]: round(value, 4) for label, value in measured.pop("AP by class").items()}
    if record:
        cards.record(
            model,
            {name: measured[name] for name in ("AP", "AP50")},
            unit="average precision",
            command=f"measure assignment --model {model}{' --data DATA' if data else ''}",
        )
    return {
        "values": {
            **{name: round(value, 4) for name, value in measured.items()},
            "AP by class": by_class,
            "AP50, 95 % interval": ap50,
            ABOVE: float(columns[ABOVE].max()),
            "specialised": round(slots(outputs, threshold=threshold).specialised, 4),
            "pictures": len(true),
        },
        "unit": "average precision",
        "model": model,
        "checkpoint": shown.checkpoint,
        "data": measurement.what,
        "device": shown.device,
    }
