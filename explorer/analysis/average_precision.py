"""Average precision by torchmetrics and pycocotools, as COCO defines it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.slots import Answers

__all__ = ["average_precision", "precision_of"]

SMALL, LARGE = 32**2, 96**2
"""COCO's limits of area in pixels, of pictures about 640 wide."""


def average_precision(
    found: Sequence[Mapping[str, Tensor]], true: Sequence[Mapping[str, Tensor]], *, by_class: bool = False
) -> dict[str, Any]:
    """AP, AP50, AP75 and AP by size.

    `found` has `scores`, `labels` and `boxes` of each picture, `true` has `labels` and `boxes`: left, top,
    right, bottom as shares of the picture. Boxes are measured as on pictures of 640 x 640 pixels, so that
    COCO's limits of size mean the same share of any picture: small below 5 % of its side, large above 15 %.
    """
    from torchmetrics.detection import MeanAveragePrecision

    metric = MeanAveragePrecision(box_format="xyxy", class_metrics=by_class)
    metric.warn_on_many_detections = False
    metric.update([_scaled(each) for each in found], [_scaled(each) for each in true])
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
    found: Answers, truths: Sequence[tuple[np.ndarray, np.ndarray]], *, by_class: bool = False
) -> dict[str, Any]:
    """`average_precision` of a DETR's answers, every query a prediction. `truths` has the labels and the
    corners (shares) of each picture's objects."""
    return average_precision(
        [
            {
                "scores": torch.from_numpy(scores),
                "labels": torch.from_numpy(labels),
                "boxes": torch.from_numpy(boxes),
            }
            for scores, labels, boxes in zip(found.scores, found.labels, found.corners, strict=True)
        ],
        [{"labels": torch.from_numpy(labels), "boxes": torch.from_numpy(boxes)} for labels, boxes in truths],
        by_class=by_class,
    )


def _scaled(each: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {**each, "boxes": each["boxes"].detach().cpu().to(torch.float32).reshape(-1, 4) * 640}
