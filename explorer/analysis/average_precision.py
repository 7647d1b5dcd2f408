"""Average precision by torchmetrics and pycocotools, as COCO defines it."""

from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.analysis.slots import Answers

__all__ = ["AveragePrecision", "ap50_intervals", "average_precision", "precision_of", "predictions"]

SMALL, LARGE = 32**2, 96**2
"""COCO's limits of area in pixels, of pictures about 640 wide."""


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
    metric.update([_scaled(image) for image in predicted], [_scaled(image) for image in true])
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


def precision_of(
    answers: Answers, truths: Sequence[tuple[np.ndarray, np.ndarray]], *, by_class: bool = False
) -> dict[str, Any]:
    """`average_precision` of a DETR's answers, every query a prediction. `truths` has the labels and the
    corners (shares) of each picture's objects."""
    true = [
        {"labels": torch.from_numpy(labels), "boxes": torch.from_numpy(boxes)} for labels, boxes in truths
    ]
    return average_precision(predictions(answers), true, by_class=by_class)


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
    matched = _matched(predicted, true)
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


def _matched(predicted: Sequence[Mapping[str, Tensor]], true: Sequence[Mapping[str, Tensor]]) -> Any:
    """pycocotools' evaluation at IoU 0.5, every detection matched."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    objects: list[dict[str, Any]] = []
    detections: list[dict[str, Any]] = []
    for number, (prediction, truth) in enumerate(zip(predicted, true, strict=True), 1):
        crowd = truth.get("iscrowd", torch.zeros(len(truth["labels"]))).tolist()
        for label, box, one in zip(
            truth["labels"].tolist(), _scaled(truth)["boxes"].tolist(), crowd, strict=True
        ):
            objects.append(
                {
                    "id": len(objects) + 1,
                    "image_id": number,
                    "category_id": label,
                    "bbox": _corner_and_size(box),
                    "area": (box[2] - box[0]) * (box[3] - box[1]),
                    "iscrowd": int(one),
                }
            )
        for label, box, score in zip(
            prediction["labels"].tolist(),
            _scaled(prediction)["boxes"].tolist(),
            prediction["scores"].tolist(),
            strict=True,
        ):
            detections.append(
                {"image_id": number, "category_id": label, "bbox": _corner_and_size(box), "score": score}
            )
    with redirect_stdout(StringIO()):
        truth_set = COCO()
        truth_set.dataset = {
            "images": [{"id": number} for number in range(1, len(true) + 1)],
            "categories": [
                {"id": label} for label in sorted({annotation["category_id"] for annotation in objects})
            ],
            "annotations": objects,
        }
        truth_set.createIndex()
        evaluation = COCOeval(truth_set, truth_set.loadRes(detections), "bbox")
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.params.maxDets = [100]
        evaluation.evaluate()
    return evaluation


def _corner_and_size(box: Sequence[float]) -> list[float]:
    left, top, right, bottom = box
    return [left, top, right - left, bottom - top]


def _scaled(image: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {**image, "boxes": image["boxes"].detach().cpu().to(torch.float32).reshape(-1, 4) * 640}
