"""Boxes matched with true ones by pycocotools, part of the pictures at a time, and average precision of several parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torchvision.ops import box_convert

__all__ = ["MatchedBoxes", "Part", "evaluation", "matched_boxes", "precision_of_parts", "scaled"]

SIDE = 640
"""Pixels a side of the pictures that boxes are measured on, about those of COCO: its limits of area mean the same share of
any picture then."""
SMALL, LARGE = 32**2, 96**2
"""COCO's limits of area in pixels."""
AREAS = {"": (0.0, 1e10), "small": (0.0, SMALL), "medium": (SMALL, LARGE), "large": (LARGE, 1e10)}
IOUS, RECALLS = torch.linspace(0.5, 0.95, 10).tolist(), torch.linspace(0, 1, 101).tolist()
"""COCO's, in the 32-bit numbers that torchmetrics takes."""
Boxes = Sequence[Mapping[str, Tensor]]


@dataclass(frozen=True, eq=False)
class MatchedBoxes:
    """The predicted boxes of some pictures, of one class and within one of `AREAS`, picture by picture."""

    scores: Float[np.ndarray, " boxes"]
    right: Bool[np.ndarray, "ious boxes"]
    """Matched with a true box, by each of `IOUS`."""
    ignored: Bool[np.ndarray, "ious boxes"]
    """Neither right nor wrong: out of the area, or matched with what is."""
    objects: int
    """The true boxes."""


Part = Mapping[tuple[int, str], MatchedBoxes]
"""By class and area."""


def matched_boxes(predicted: Boxes, true: Boxes) -> Part:
    """Arguments as of `explorer.analysis.average_precision.average_precision`."""
    matched = evaluation(predicted, true, ious=IOUS, areas=list(AREAS.values()))
    classes, pictures = [int(label) for label in matched.params.catIds], len(true)
    images = np.array(matched.evalImgs, dtype=object).reshape(len(classes), len(AREAS), pictures)
    return {
        (label, area): _joined([image for image in images[row, column] if image is not None])
        for row, label in enumerate(classes)
        for column, area in enumerate(AREAS)
    }


def _joined(images: Sequence[Mapping[str, Any]]) -> MatchedBoxes:
    none = np.zeros((len(IOUS), 0), bool)
    return MatchedBoxes(
        np.concatenate([np.zeros(0), *(image["dtScores"] for image in images)]),
        np.concatenate([none, *(image["dtMatches"] > 0 for image in images)], 1),
        np.concatenate([none, *(image["dtIgnore"] for image in images)], 1),
        sum(int((image["gtIgnore"] == 0).sum()) for image in images),
    )


def precision_of_parts(parts: Sequence[Part]) -> dict[str, float]:
    """AP, AP50, AP75 and AP by size of all parts together; −1 where there is no object.

    The mean, over IoUs, recalls and the classes that there are, of the highest precision at that recall or more (Lin et al.
    2014; pycocotools' `accumulate` and `summarize`).
    """
    labels = sorted({label for part in parts for label, _ in part})
    by_area = {
        area: np.concatenate(
            [
                np.zeros((len(IOUS), len(RECALLS), 0)),
                *(
                    _curve([part[label, area] for part in parts if (label, area) in part])[..., None]
                    for label in labels
                ),
            ],
            -1,
        )
        for area in AREAS
    }
    everything = by_area[""]
    at = {"AP50": IOUS.index(0.5), "AP75": IOUS.index(0.75)}
    means = {"AP": everything, **{name: everything[place] for name, place in at.items()}}
    means |= {f"AP {area}": values for area, values in by_area.items() if area}
    return {name: _mean(values) for name, values in means.items()}


def _curve(parts: Sequence[MatchedBoxes]) -> Float[np.ndarray, "ious recalls"]:
    """The highest precision at each of `RECALLS` or more; −1 where there is no object."""
    out = np.full((len(IOUS), len(RECALLS)), -1.0)
    objects = sum(part.objects for part in parts)
    if not objects:
        return out
    order = np.argsort(-np.concatenate([part.scores for part in parts]), kind="stable")
    right, ignored = (
        np.concatenate([getattr(part, name) for part in parts], 1)[:, order] for name in ("right", "ignored")
    )
    hits = (right & ~ignored).cumsum(1).astype(float)
    misses = (~right & ~ignored).cumsum(1).astype(float)
    precision = hits / (misses + hits + np.spacing(1))
    highest = np.maximum.accumulate(precision[:, ::-1], 1)[:, ::-1]
    # Recalls that are not reached have precision 0.
    highest = np.concatenate([highest, np.zeros((len(IOUS), 1))], 1)
    for row, recall in enumerate(hits / objects):
        out[row] = highest[row, np.searchsorted(recall, RECALLS, side="left")]
    return out


def _mean(values: np.ndarray) -> float:
    """In 32 bits, as torchmetrics gives it."""
    known = values[values > -1]
    return float(np.float32(known.mean())) if known.size else -1.0


def evaluation(
    predicted: Boxes, true: Boxes, *, ious: Sequence[float], areas: Sequence[tuple[float, float]]
) -> Any:
    """pycocotools' evaluation, every detection matched."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    if len(predicted) != len(true):
        raise ValueError(f"{len(predicted)} pictures have predictions, {len(true)} true boxes")
    none = [torch.zeros(len(image["labels"]), dtype=torch.long) for image in true]
    crowd = [image.get("iscrowd", zeros) for image, zeros in zip(true, none, strict=True)]
    objects = _annotations(true, "iscrowd", crowd)
    detections = _annotations(predicted, "score", [image["scores"] for image in predicted])
    pictures = [{"id": number} for number in range(1, len(true) + 1)]
    labels = sorted({each["category_id"] for each in (*objects, *detections)})
    with redirect_stdout(StringIO()):
        sets = []
        for annotations in (objects, detections):
            dataset = COCO()
            dataset.dataset = {
                "images": pictures,
                "categories": [{"id": label} for label in labels],
                "annotations": annotations,
            }
            dataset.createIndex()
            sets.append(dataset)
        result = COCOeval(*sets, "bbox")
        result.params.iouThrs = np.array(ious)
        result.params.areaRng = [list(area) for area in areas]
        result.params.areaRngLbl = ["all"] * len(areas)
        result.params.maxDets = [100]
        result.evaluate()
    return result


def _annotations(images: Boxes, name: str, of_boxes: Sequence[Tensor]) -> list[dict[str, Any]]:
    """COCO's, one a box, with what is told of the boxes of each image under that name."""
    rows: list[dict[str, Any]] = []
    for number, (image, told) in enumerate(zip(images, of_boxes, strict=True), 1):
        for label, box, one in zip(image["labels"].tolist(), _sizes(image), told.tolist(), strict=True):
            row = {"id": len(rows) + 1, "image_id": number, "category_id": label, "bbox": box}
            rows.append({**row, "area": box[2] * box[3], name: one})
    return rows


def _sizes(image: Mapping[str, Tensor]) -> list[list[float]]:
    """Left, top, width and height of its boxes, in pixels."""
    return box_convert(scaled(image)["boxes"], "xyxy", "xywh").tolist()


def scaled(image: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """With its boxes in pixels of a picture of `SIDE`."""
    return {**image, "boxes": image["boxes"].detach().cpu().to(torch.float32).reshape(-1, 4) * SIDE}
