"""Average precision by torchmetrics and pycocotools, as COCO defines it."""

from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.matched_boxes import Part, evaluation, matched_boxes, precision_of_parts, scaled
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.analysis.slots import Answers

__all__ = [
    "AveragePrecision",
    "ap50_intervals",
    "average_precision",
    "matched_answers",
    "precision_of",
    "predictions",
]


@dataclass(frozen=True)
class AveragePrecision(Result):
    """Each measure's value; −1 where there was no such object."""

    values: Mapping[str, float]

    def arrays(self) -> Arrays:
        return {
            "measure": (np.array(list(self.values)), ""),
            "average precision": (
                np.array(list(self.values.values())),
                "1; −1 where there was no such object",
            ),
        }

    def numbers(self) -> Numbers:
        return {name: (value, "") for name, value in self.values.items() if value >= 0}

    def alt(self) -> str:
        bars = ", ".join(f"{name} {value:.2f}" for name, (value, _) in self.numbers().items())
        return f"Bars of average precision: {bars}."


def average_precision(
    predicted: Sequence[Mapping[str, Tensor]], true: Sequence[Mapping[str, Tensor]], *, by_class: bool = False
) -> dict[str, Any]:
    """AP, AP50, AP75 and AP by size.

    `found` has `scores`, `labels` and `boxes` of each picture, `true` has `labels` and `boxes`: left, top,
    right, bottom as shares of the picture, and may have `iscrowd`: what lies there is neither right nor wrong. Boxes are measured as on pictures of 640 x 640 pixels, so that
    COCO's limits of size mean the same share of any picture: small below 5 % of its side, large above 15 %.
    """
    from torchmetrics.detection import MeanAveragePrecision

    metric = MeanAveragePrecision(box_format="xyxy", class_metrics=by_class)
    metric.warn_on_many_detections = False
    metric.update([scaled(image) for image in predicted], [scaled(image) for image in true])
    got = metric.compute()
    names = {
        "AP": "map",
        "AP50": "map_50",
        "AP75": "map_75",
        "AP small": "map_small",
        "AP medium": "map_medium",
        "AP large": "map_large",
    }
    result: dict[str, Any] = {name: float(got[key]) for name, key in names.items()}
    if by_class:
        result["AP by class"] = dict(
            zip(got["classes"].reshape(-1).tolist(), got["map_per_class"].reshape(-1).tolist(), strict=True)
        )
    return result


def precision_of(parts: Sequence[Part]) -> AveragePrecision:
    """COCO's average precision of answers that were matched part by part."""
    return AveragePrecision(precision_of_parts(parts))


def matched_answers(answers: Answers, truths: Sequence[tuple[np.ndarray, np.ndarray]]) -> Part:
    """A DETR's answers on some pictures, every query a prediction, matched with their objects: labels and corners (shares)
    of each picture's."""
    true = [
        {"labels": torch.from_numpy(labels), "boxes": torch.from_numpy(boxes)} for labels, boxes in truths
    ]
    return matched_boxes(predictions(answers), true)


def predictions(answers: Answers) -> list[dict[str, Tensor]]:
    """A DETR's answers as `average_precision` takes them, every query a prediction."""
    return [
        {
            "scores": torch.from_numpy(scores),
            "labels": torch.from_numpy(labels),
            "boxes": torch.from_numpy(boxes),
        }
        for scores, labels, boxes in zip(answers.scores, answers.labels, answers.corners, strict=True)
    ]


def ap50_intervals(
    predicted: Sequence[Mapping[str, Tensor]],
    true: Sequence[Mapping[str, Tensor]],
    *,
    resamples: int = 200,
    seed: int = 0,
) -> dict[int | None, tuple[float, float]]:
    """The middle 95 % of AP50 over resamples of the pictures (percentile bootstrap; Efron 1979), of each class and,
    under None, of their mean. Arguments as of `average_precision`.

    Detections are matched once; pycocotools accumulates the matches of each resample.
    """
    matched = evaluation(predicted, true, ious=[0.5], areas=[(0.0, 1e10)])
    classes, pictures = matched.params.catIds, len(true)
    table = np.array(matched.evalImgs, dtype=object).reshape(len(classes), pictures)
    chance, values = np.random.default_rng(seed), []
    for _ in range(resamples):
        matched.evalImgs = table[:, chance.integers(0, pictures, pictures)].ravel().tolist()
        with redirect_stdout(StringIO()):
            matched.accumulate()
        precision = matched.eval["precision"][0, :, :, 0, 0]  # recalls x classes; -1 without objects
        values.append(np.where(precision[0] < 0, np.nan, precision.mean(0)))
    by_class = np.array(values)
    columns = {None: np.nanmean(by_class, 1)} | dict(zip(classes, by_class.T, strict=True))
    return {label: tuple(np.nanpercentile(column, (2.5, 97.5)).tolist()) for label, column in columns.items()}
