"""How many of the objects are found, by their number in the picture and by their size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.optimize import linear_sum_assignment
from torchvision.ops import box_area, box_iou

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError
from explorer.formatting import percent

__all__ = ["RecallCurve", "found_objects", "recall_by_count", "recall_by_size"]

Truths = Sequence[tuple[np.ndarray, np.ndarray]]
"""Labels (objects) and corners (objects x 4: left, top, right, bottom as shares) of each picture."""


@dataclass(frozen=True, eq=False)
class RecallCurve(Result):
    """Recall in each of several groups of objects."""

    at: Float[np.ndarray, " groups"]
    """What the groups differ in: the number of objects in the picture, or their size."""
    recall: Float[np.ndarray, " groups"]
    """Share of the group's objects that were found."""
    objects: Int[np.ndarray, " groups"]
    bound: Float[np.ndarray, " groups"]
    """The most that so many queries could find: queries / objects, and at most 1."""
    subject: str
    """What `at` is, with its unit."""

    def arrays(self) -> Arrays:
        return {
            "at": (self.at, self.subject),
            "recall": (self.recall, "share of the objects"),
            "objects": (self.objects, ""),
            "bound": (self.bound, "share of the objects"),
        }

    def numbers(self) -> Numbers:
        return {f"{at:g}": (percent(share), "") for at, share in zip(self.at, self.recall, strict=True)}

    def alt(self) -> str:
        best = int(self.recall.argmax())
        return (
            f"A curve of recall against {self.subject}; the highest, {percent(self.recall[best])}, is at {self.at[best]:g}, the "
            f"last, {percent(self.recall[-1])}, at {self.at[-1]:g}."
        )


def found_objects(
    labels: Int[np.ndarray, " predicted"],
    corners: Float[np.ndarray, "predicted 4"],
    true_labels: Int[np.ndarray, " objects"],
    true_corners: Float[np.ndarray, "objects 4"],
    *,
    iou: float = 0.5,
) -> Bool[np.ndarray, " objects"]:
    """Which objects are found: have a prediction of their own, of their class, overlapping by `iou` or more.

    As many as possible: no other way of giving predictions to objects finds more.
    """
    matched = np.zeros(len(true_labels), bool)
    if not len(labels) or not len(true_labels):
        return matched
    good = (box_iou(torch.from_numpy(corners), torch.from_numpy(true_corners)).numpy() >= iou) & (
        labels[:, None] == true_labels[None]
    )
    rows, columns = linear_sum_assignment(-good.astype(float))
    matched[columns] = good[rows, columns]
    return matched


def recall_by_count(
    scores: Float[np.ndarray, "pictures queries"],
    labels: Int[np.ndarray, "pictures queries"],
    corners: Float[np.ndarray, "pictures queries 4"],
    truths: Truths,
    *,
    threshold: float = 0.5,
    iou: float = 0.5,
) -> RecallCurve:
    """Recall against the number of objects in the picture.

    Raises:
        AnalysisError: no picture has any object.
    """
    counts = np.array([len(true) for true, _ in truths])
    matched = _found(scores, labels, corners, truths, threshold, iou)
    groups = [int(count) for count in np.unique(counts) if count]
    if not groups:
        raise AnalysisError("There is no object in any of the pictures", do="give pictures with objects")
    per = [
        np.concatenate([objects for objects, n in zip(matched, counts, strict=True) if n == count])
        for count in groups
    ]
    return RecallCurve(
        np.array(groups, float),
        np.array([objects.mean() for objects in per]),
        np.array([len(objects) for objects in per]),
        np.minimum(1.0, scores.shape[1] / np.array(groups)),
        "objects in the picture",
    )


def recall_by_size(
    scores: Float[np.ndarray, "pictures queries"],
    labels: Int[np.ndarray, "pictures queries"],
    corners: Float[np.ndarray, "pictures queries 4"],
    truths: Truths,
    *,
    edges: Sequence[float] = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6),
    threshold: float = 0.5,
    iou: float = 0.5,
) -> RecallCurve:
    """Recall against size, the square root of a box's area as a share of the picture's side; empty groups
    are left out.

    Raises:
        AnalysisError: no picture has any object.
    """
    matched = np.concatenate([np.zeros(0, bool), *_found(scores, labels, corners, truths, threshold, iou)])
    if not len(matched):
        raise AnalysisError("There is no object in any of the pictures", do="give pictures with objects")
    sizes = np.concatenate(
        [np.sqrt(box_area(torch.from_numpy(box)).numpy()) for _, box in truths if len(box)]
    )
    group = np.clip(np.digitize(sizes, edges) - 1, 0, len(edges) - 2)
    used = np.unique(group)
    middle = (np.array(edges)[:-1] + np.array(edges)[1:]) / 2
    return RecallCurve(
        middle[used],
        np.array([matched[group == number].mean() for number in used]),
        np.array([(group == number).sum() for number in used]),
        np.ones(len(used)),
        "size as a share of the picture's side",
    )


def _found(
    scores: np.ndarray, labels: np.ndarray, corners: np.ndarray, truths: Truths, threshold: float, iou: float
) -> list[np.ndarray]:
    selected = scores > threshold
    return [
        found_objects(labels[i][selected[i]], corners[i][selected[i]], true_labels, true_corners, iou=iou)
        for i, (true_labels, true_corners) in enumerate(truths)
    ]
