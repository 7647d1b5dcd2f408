"""What a pass of DETR is asked for: predictions, a query's way through the decoder, and the backbone's map."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torchvision.ops import box_iou

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.geometry import Box, Grid
from explorer.images import Photo

__all__ = ["NO_OBJECT", "Convergence", "FeatureMap", "Predictions", "Trajectory"]

NO_OBJECT = "no object"


@dataclass(frozen=True, eq=False)
class Predictions(Result):
    """Every query's answer after one decoder layer, kept and not kept alike."""

    probs: Float[np.ndarray, "queries outputs"]
    """Probability of each class; the last is "no object"."""
    scores: Float[np.ndarray, " queries"]
    """Of the likeliest class that is an object."""
    labels: Int[np.ndarray, " queries"]
    boxes: Float[np.ndarray, "queries 4"]
    """Left, top, right, bottom in photograph pixels."""
    boxes_cxcywh: Float[np.ndarray, "queries 4"]
    """Centre column, centre row, width, height as shares of the picture: what the loss is about."""
    selected: Bool[np.ndarray, " queries"]
    """Whose score is above the threshold."""
    threshold: float
    layer: int
    classes: tuple[str, ...]
    photo: Photo | None = None

    def name(self, query: int) -> str:
        """The query's likeliest class that is an object."""
        return self.classes[int(self.labels[query])]

    def box(self, query: int) -> Box:
        left, top, right, bottom = map(float, self.boxes[query])
        return Box(top, left, bottom, right)

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        if not self.selected.any():
            best = int(self.scores.argmax())
            return (
                f"Nothing was found above a threshold of {self.threshold:g}. The highest score is "
                f"{self.scores[best]:.2f}, query {best}, {self.name(best)}. Lower the threshold to see it."
            )
        selected = int(self.selected.sum())
        return f"{selected} of {len(self.selected)} queries found an object; the others say “{NO_OBJECT}” or are unsure."

    def arrays(self) -> Arrays:
        return {
            "query": (np.arange(len(self.scores)), ""),
            "class": (np.array([self.name(query) for query in range(len(self.scores))]), ""),
            "score": (self.scores, ""),
            "no object": (self.probs[:, -1], ""),
            "kept": (self.selected, ""),
            **{
                side: (self.boxes[:, at], "photograph pixels")
                for at, side in enumerate(("left", "top", "right", "bottom"))
            },
        }

    def numbers(self) -> Numbers:
        return {"kept": (f"{int(self.selected.sum())} of {len(self.selected)} queries", "")}

    def alt(self) -> str:
        best = int(self.scores.argmax())
        return (
            f"The picture with a labelled box for each of {int(self.selected.sum())} queries that are kept; the highest score, "
            f"{self.scores[best]:.2f}, is that of query {best}, {self.name(best)}."
        )


@dataclass(frozen=True, eq=False)
class Trajectory(Result):
    """One query through the decoder."""

    query: int
    boxes: Float[np.ndarray, "layers 4"]
    """Left, top, right, bottom in photograph pixels."""
    scores: Float[np.ndarray, " layers"]
    no_object: Float[np.ndarray, " layers"]
    """Probability of "no object"."""
    labels: Int[np.ndarray, " layers"]
    classes: tuple[str, ...]
    photo: Photo | None = None

    @property
    def agreement(self) -> Float[np.ndarray, " layers"]:
        """Intersection over union of each layer's box with the last one's."""
        boxes = torch.from_numpy(self.boxes)
        return box_iou(boxes, boxes[-1:])[:, 0].numpy()

    def arrays(self) -> Arrays:
        sides = ("left", "top", "right", "bottom")
        return {
            **{side: (self.boxes[:, at], "photograph pixels") for at, side in enumerate(sides)},
            "score": (self.scores, ""),
        }

    def numbers(self) -> Numbers:
        return {
            f"overlap of layer {layer + 1} with the last": (float(share), "IoU")
            for layer, share in enumerate(self.agreement[:-1])
        }

    def alt(self) -> str:
        return (
            f"The picture with the box of query {self.query} after each of {len(self.boxes)} layers and a line along the "
            f"boxes' centres; the first overlaps the last by {self.agreement[0]:.2f}."
        )

    @property
    def convergence(self) -> "Convergence":
        """How its scores and its box settle."""
        return Convergence(self)


@dataclass(frozen=True, eq=False)
class Convergence(Result):
    """A query's scores and the overlap of its box with the last one, layer by layer."""

    way: Trajectory

    def arrays(self) -> Arrays:
        return {
            "score": (self.way.scores, "probability"),
            "no object": (self.way.no_object, "probability"),
            "overlap": (self.way.agreement, "IoU with the last box"),
        }

    def numbers(self) -> Numbers:
        return {"score after the last layer": (float(self.way.scores[-1]), "")}

    def alt(self) -> str:
        return (
            f"Three curves against the decoder layer; the score goes from {self.way.scores[0]:.2f} to "
            f"{self.way.scores[-1]:.2f}."
        )


@dataclass(frozen=True, eq=False)
class FeatureMap(Result):
    """The backbone's answer, cell by cell."""

    strength: Float[np.ndarray, "rows columns"]
    """Root mean square over the channels; NaN in a letterbox's margins."""
    channels: int
    grid: Grid
    photo: Photo | None = None

    def arrays(self) -> Arrays:
        return {"strength": (self.strength, "root mean square of the channels")}

    def numbers(self) -> Numbers:
        return {"mean": (float(np.nanmean(self.strength)), "")}

    def alt(self) -> str:
        row, column = np.unravel_index(int(np.nanargmax(self.strength)), self.strength.shape)
        return (
            "The picture with each cell of the feature map shaded by the strength of the backbone's features; the largest, "
            f"{np.nanmax(self.strength):.3g}, is in cell ({row + 1}, {column + 1})."
        )
