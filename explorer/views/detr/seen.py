"""One pass of the DETR that everything on the page is derived from, and what is truly in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import AnalysisError
from explorer.images import Picture
from explorer.memory import Memory
from explorer.scenes import boxes, is_scene, read_scene
from explorer.views.detr.controls import FITS, Controls
from explorer.views.detr.typed import true_boxes

if TYPE_CHECKING:
    from explorer.analysis.assignment import TrueObjects
    from explorer.analysis.attribution import Attribution
    from explorer.analysis.detection import DetrOutput, Predictions
    from explorer.views.scope import Scope
    from explorer.zoo.detr import Fit
    from explorer.zoo.model import Model

__all__ = ["SEEN", "TRUTH", "Seen", "known_truth", "query_columns", "relevance_of", "see", "truth_of"]

SEEN = ("picture", "shape", "model", "trained")
"""The controls that a forward pass depends on."""
TRUTH = (*SEEN, "boxes")
SIGHTS = Memory()
RELEVANCE = Memory()


@dataclass(frozen=True)
class Seen:
    """A picture, the DETR it was shown to, and all that came of it."""

    picture: Picture
    model: Model
    shape: Fit
    sight: DetrOutput
    key: tuple[str, ...]
    """What the pass depends on."""

    @property
    def who(self) -> str:
        """For captions."""
        trained = "" if self.model.trained else ", untrained"
        return f"{self.model.entry.title}{trained}, on “{self.picture.name}” ({self.shape})"

    def height(self, width: int, *, besides: int = 16) -> int:
        """Pixels for a figure of the photograph on `width` pixels, with `besides` for a colour bar."""
        return round(min(width, width * self.picture.height / self.picture.width)) + besides

    @property
    def on_photo(self) -> dict[str, Any]:
        """What every figure on the photograph is given."""
        return {"picture": self.picture.pixels, "frame": self.sight.frame}


def see(controls: Controls, scope: Scope) -> Seen:
    """The picture in front of the DETR, from one forward pass that is remembered.

    Raises:
        UnsupportedModel: the model is no DETR.
        OutOfMemory: the device has not enough memory.
    """
    model, picture = scope.model(), scope.picture
    fit: Fit = next(each for each in FITS if each == controls.shape)

    def make() -> DetrOutput:
        from explorer.analysis.detection import run_detr
        from explorer.zoo.detr import preprocess

        return run_detr(model, preprocess(model, picture, fit=fit))

    key = (model.entry.name, model.checkpoint, str(model.device), picture.digest, fit)
    return Seen(picture, model, fit, SIGHTS.get(key, make), key)


def relevance_of(seen: Seen, query: int, target: int | None) -> Attribution:
    """What the query's score of a class hangs on, from a pass of its own with gradients that is remembered.

    Raises:
        UnsupportedModel, OutOfMemory: as `explorer.query_relevance`.
    """
    model = seen.model

    def make() -> Attribution:
        from explorer.analysis.attribution.detr_query import query_relevance
        from explorer.zoo.detr import preprocess

        shown = preprocess(model, seen.picture, fit=seen.shape)
        return query_relevance(model, shown.x, query, target=target, mask=shown.mask)

    return RELEVANCE.get((*seen.key, query, target), make)


def truth_of(controls: Controls, scope: Scope, seen: Seen) -> TrueObjects:
    """What is to be found: known exactly in a scene, else what the visitor says or is known of the gallery's.

    Raises:
        AnalysisError: a box lies outside the picture or has no area, or is of a kind the model does not know.
        ControlError: what the visitor wrote describes no boxes.
    """
    from explorer.analysis.assignment import true_objects

    size = {"height": seen.picture.height, "width": seen.picture.width}
    if is_scene(controls.picture):
        known = boxes(read_scene(controls.picture), **size)
        given = [(each.object.kind, each.whole) for each in known]
        if not {kind for kind, _ in given} <= set(seen.sight.classes):
            raise AnalysisError(
                f"{seen.model.entry.title} cannot be measured on this scene",
                why="it does not know its kinds of objects",
                do="choose the model detr-scenes, or a photograph",
            )
    else:
        given = list(true_boxes(controls.picture, controls.boxes, seen.sight.classes))
    return true_objects(
        [box for _, box in given], [kind for kind, _ in given], classes=seen.sight.classes, **size
    )


def known_truth(controls: Controls, scope: Scope, seen: Seen) -> TrueObjects | None:
    """The truth for a figure that can do without; None where there is none that can be drawn."""
    try:
        found = truth_of(controls, scope, seen)
    except AnalysisError:
        return None
    return found if len(found) else None


def query_columns(found: Predictions) -> dict[str, np.ndarray]:
    """Every query with its class, score and box, for tables and files."""
    return {
        "query": np.arange(len(found.scores)),
        "class": np.array([found.name(query) for query in range(len(found.scores))]),
        "score": found.scores,
        "no object": found.probs[:, -1],
        "kept": found.selected,
        **{side: found.boxes[:, at] for at, side in enumerate(("left", "top", "right", "bottom"))},
    }
