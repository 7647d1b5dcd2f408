"""What each object query is for: where its boxes fall over many pictures (Carion et al. 2020, figure 7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torchvision.ops import box_convert

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import ControlError
from explorer.formatting import percent
from explorer.zoo.model import Model

__all__ = ["Answers", "ClassesOfQueries", "Slots", "answers", "slots"]


@dataclass(frozen=True, eq=False)
class Answers(Result):
    """A DETR's answers on many pictures."""

    probs: Float[np.ndarray, "pictures queries outputs"]
    boxes_cxcywh: Float[np.ndarray, "pictures queries 4"]
    """Centre column, centre row, width, height as shares of the picture."""
    classes: tuple[str, ...]

    @property
    def scores(self) -> Float[np.ndarray, "pictures queries"]:
        return self.probs[..., :-1].max(-1)

    @property
    def labels(self) -> Int[np.ndarray, "pictures queries"]:
        return self.probs[..., :-1].argmax(-1)

    @property
    def corners(self) -> Float[np.ndarray, "pictures queries 4"]:
        """Left, top, right, bottom as shares of the picture."""
        return box_convert(torch.from_numpy(self.boxes_cxcywh), "cxcywh", "xyxy").numpy()


@dataclass(frozen=True, eq=False)
class Slots(Result):
    """Each query's boxes over many pictures, those above the threshold."""

    boxes_cxcywh: Float[np.ndarray, "pictures queries 4"]
    labels: Int[np.ndarray, "pictures queries"]
    selected: np.ndarray
    """Whether the query found an object in the picture: pictures x queries, bool."""
    threshold: float
    classes: tuple[str, ...]

    @property
    def uses(self) -> Float[np.ndarray, " queries"]:
        """Share of the pictures in which the query found an object."""
        return self.selected.mean(0)

    @property
    def centre(self) -> Float[np.ndarray, "queries 2"]:
        """Mean centre (column, row) of a query's boxes; NaN for a query that never found anything."""
        return self._moment(lambda boxes: boxes[:, :2].mean(0))

    @property
    def spread(self) -> Float[np.ndarray, "queries 2"]:
        """Standard deviation of the centres (column, row), as shares of the picture."""
        return self._moment(lambda boxes: boxes[:, :2].std(0))

    @property
    def size(self) -> Float[np.ndarray, " queries"]:
        """Mean of the square root of the boxes' areas, as a share of the picture's side."""
        return self._moment(lambda boxes: np.repeat(np.sqrt(boxes[:, 2:].prod(-1)).mean(), 2))[:, 0]

    @property
    def specialised(self) -> float:
        """How much less each query's centres vary than all centres together: 0 for no specialisation, 1 for
        a point.

        One minus the mean variance within queries over the variance of all.
        """
        everything = self.boxes_cxcywh[self.selected][:, :2]
        if len(everything) < 2:
            return float("nan")
        within = sum(
            self.boxes_cxcywh[self.selected[:, query], query, :2].var(0).sum() * self.selected[:, query].sum()
            for query in range(self.selected.shape[1])
            if self.selected[:, query].any()
        )
        return float(1 - within / (everything.var(0).sum() * len(everything)))

    def _moment(self, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        out = np.full((self.selected.shape[1], 2), np.nan)
        for query in range(self.selected.shape[1]):
            boxes = self.boxes_cxcywh[self.selected[:, query], query]
            if len(boxes):
                out[query] = of(boxes)
        return out

    def arrays(self) -> Arrays:
        boxes_cxcywh = "column, row as shares of the picture"
        return {
            "uses": (self.uses, "share of the scenes"),
            "centre": (self.centre, boxes_cxcywh),
            "spread": (self.spread, boxes_cxcywh),
            "size": (self.size, "share of the picture's side"),
            "kept": (self.selected, ""),
            "box": (self.boxes_cxcywh, "centre column, centre row, width, height as shares of the picture"),
            "label": (self.labels, ""),
        }

    def numbers(self) -> Numbers:
        return {
            "specialised": (self.specialised, "(0: not at all, 1: to a point)"),
            "objects detected in a scene": (float(self.selected.sum(1).mean()), ""),
        }

    def alt(self) -> str:
        most = int(self.uses.argmax())
        return (
            "One small square for each query, with a point at the centre of every box it predicted; query "
            f"{most} detects the most, an object in {percent(self.uses[most])} of the scenes."
        )

    @property
    def by_class(self) -> "ClassesOfQueries":
        """How many objects of each class each query found."""
        labels = range(len(self.classes))
        counts = np.stack([(self.selected & (self.labels == label)).sum(0) for label in labels], 1)
        return ClassesOfQueries(counts, self.classes)


@dataclass(frozen=True, eq=False)
class ClassesOfQueries(Result):
    """How many objects of each class each query found."""

    counts: Int[np.ndarray, "queries classes"]
    classes: tuple[str, ...]

    def arrays(self) -> Arrays:
        return {
            "found": (self.counts, "objects, queries by classes"),
            "class": (np.array(self.classes), ""),
        }

    def numbers(self) -> Numbers:
        return {"boxes counted": (int(self.counts.sum()), "")}

    def alt(self) -> str:
        query, label = np.unravel_index(int(self.counts.argmax()), self.counts.shape)
        return (
            "A matrix of queries by classes; the largest count, "
            f"{self.counts.max()}, is of {self.classes[label]} by query {query}."
        )


@torch.inference_mode()
def answers(
    model: Model,
    pictures: Sequence[UInt8[np.ndarray, "rows columns 3"]],
    *,
    batch: int = 16,
) -> Answers:
    """A DETR's answers on pictures, those of one size `batch` at once."""
    mean, std = (
        torch.tensor(channels, device=model.device)[:, None, None] for channels in (model.mean, model.std)
    )
    by_size: dict[tuple[int, ...], list[int]] = {}
    for at, picture in enumerate(pictures):
        by_size.setdefault(picture.shape, []).append(at)
    probs, boxes_cxcywh, order = [], [], []
    for alike in by_size.values():
        for start in range(0, len(alike), batch):
            chosen = alike[start : start + batch]
            pixels = torch.from_numpy(np.stack([pictures[at] for at in chosen])).to(model.device)
            output = model.module((pixels.permute(0, 3, 1, 2).float() / 255 - mean) / std)
            probs.append(output.logits.float().softmax(-1).cpu())
            boxes_cxcywh.append(output.pred_boxes.float().cpu())
            order += chosen
    back = np.argsort(order)
    return Answers(torch.cat(probs).numpy()[back], torch.cat(boxes_cxcywh).numpy()[back], model.classes)


def slots(answers: Answers, *, threshold: float | int = 0.5) -> Slots:
    """Each query's boxes whose score is above the threshold.

    Raises:
        ControlError: the threshold is no share.
    """
    if not 0.0 <= threshold <= 1.0:
        raise ControlError(
            f"A threshold of {threshold:g} keeps nothing or everything", do="choose one from 0 to 1"
        )
    return Slots(answers.boxes_cxcywh, answers.labels, answers.scores > threshold, threshold, answers.classes)
