"""The objects that are truly in a picture, as a detector's answers are compared with them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from explorer.analysis.result import Result
from explorer.errors import AnalysisError
from explorer.geometry import Box

__all__ = ["TrueObjects", "true_objects"]


@dataclass(frozen=True, eq=False)
class TrueObjects(Result):
    """What is to be found in a picture."""

    labels: Int[np.ndarray, " objects"]
    boxes_cxcywh: Float[np.ndarray, "objects 4"]
    names: tuple[str, ...]
    """One an object."""
    boxes: tuple[Box, ...]
    """In photograph pixels, clipped to the picture."""

    def __len__(self) -> int:
        return len(self.labels)


def true_objects(
    boxes: Sequence[Box],
    names: Sequence[str],
    *,
    height: float | int,
    width: float | int,
    classes: Sequence[str],
) -> TrueObjects:
    """Objects of a photograph of height x width pixels, their boxes clipped to it.

    Raises:
        AnalysisError: a box has no area or lies outside the picture, or a name is none of the model's classes.
    """
    clipped = []
    for number, (box, name) in enumerate(zip(boxes, names, strict=True), 1):
        what = f"Box {number} ({name})"
        sides = (box.top, box.left, box.bottom, box.right)
        if not all(np.isfinite(sides)):
            raise AnalysisError(f"{what} cannot be used", why="a side of it is no number")
        if box.height <= 0 or box.width <= 0:
            raise AnalysisError(
                f"{what} has no area", do="make its bottom larger than its top, its right than its left"
            )
        inside = box.clipped(height, width)
        if inside.height <= 0 or inside.width <= 0:
            raise AnalysisError(
                f"{what} lies outside the picture",
                why=f"the picture has {height:g} rows and {width:g} columns",
                do="move it onto the picture",
            )
        if name not in classes:
            raise AnalysisError(
                f"{what} is of a kind that the model does not know",
                do=f"choose among {', '.join(list(classes)[:12])}{' …' if len(classes) > 12 else ''}",
            )
        clipped.append(inside)
    boxes_cxcywh = [box.shares(height, width) for box in clipped]
    return TrueObjects(
        np.array([list(classes).index(name) for name in names], np.int64),
        np.array(boxes_cxcywh, np.float64).reshape(-1, 4),
        tuple(names),
        tuple(clipped),
    )
