"""One pass of the DETR that everything on the page is derived from, and what is truly in the picture."""

from dataclasses import dataclass
from typing import Any

from explorer.analysis.attribution import Attribution
from explorer.analysis.attribution.detr_query import query_relevance
from explorer.analysis.detection import DetrOutput, run_detr
from explorer.analysis.true_objects import TrueObjects, true_objects
from explorer.errors import AnalysisError
from explorer.images import Picture
from explorer.memory import LRUCache
from explorer.scenes import boxes, is_scene, read_scene
from explorer.true_boxes import true_boxes
from explorer.views.detr.controls import FITS, Controls
from explorer.views.scope import Scope
from explorer.zoo.detr import Fit, preprocess
from explorer.zoo.model import Model

__all__ = ["SEEN", "TRUTH", "Seen", "head_of", "known_truth", "relevance_of", "see", "sight_of", "truth_of"]

SEEN = ("picture", "shape", "model", "trained")
"""The controls that a forward pass depends on."""
TRUTH = (*SEEN, "boxes")
SIGHTS = LRUCache()
RELEVANCE = LRUCache()


@dataclass(frozen=True)
class Seen:
    """A picture, the DETR it was shown to, and all that came of it."""

    picture: Picture
    model: Model
    shape: Fit
    sight: DetrOutput
    key: tuple[str, ...]
    """What the pass depends on."""

    def height(self, width: int, *, besides: int = 16) -> int:
        """Pixels for a figure of the photograph on `width` pixels, with `besides` for a colour bar."""
        return round(min(width, width * self.picture.height / self.picture.width)) + besides

    @property
    def on_picture(self) -> dict[str, Any]:
        """What every figure on the picture is given."""
        return {"picture": self.picture.pixels, "frame": self.sight.frame}


def see(controls: Controls, scope: Scope) -> Seen:
    """The picture in front of the DETR, from one forward pass that is remembered.

    Raises:
        UnsupportedModel: the model is no DETR.
        OutOfMemory: the device has not enough memory.
    """
    model, picture = scope.model(), scope.picture
    fit: Fit = next(fit for fit in FITS if fit == controls.shape)
    return Seen(picture, model, fit, sight_of(scope, fit), _key(model, picture, fit))


def sight_of(scope: Scope, fit: Fit) -> DetrOutput:
    """What the pass gave. Raises as `see`."""
    model, picture = scope.model(), scope.picture
    return SIGHTS.get(_key(model, picture, fit), lambda: run_detr(model, preprocess(model, picture, fit=fit)))


def _key(model: Model, picture: Picture, fit: Fit) -> tuple[str, ...]:
    return (model.entry.name, model.checkpoint, str(model.device), picture.digest, fit)


def relevance_of(seen: Seen, query: int, target: int | None) -> Attribution:
    """The relevance for the query's score of a class, from a pass of its own with gradients that is remembered.

    Raises:
        UnsupportedModel, OutOfMemory: as `explorer.query_relevance`.
    """
    model = seen.model

    def make() -> Attribution:
        shown = preprocess(model, seen.picture, fit=seen.shape)
        return query_relevance(model, shown.x, query, target=target, mask=shown.mask)

    return RELEVANCE.get((*seen.key, query, target), make)


def truth_of(controls: Controls, scope: Scope, seen: Seen) -> TrueObjects:
    """What is to be found: known exactly in a scene, else what the visitor says or is known of the gallery's.

    Raises:
        AnalysisError: a box lies outside the picture or has no area, or is of a kind the model does not know.
        ControlError: what the visitor wrote describes no boxes.
    """
    size = {"height": seen.picture.height, "width": seen.picture.width}
    if is_scene(controls.picture):
        known = boxes(read_scene(controls.picture), **size)
        objects = [(visible.object.kind, visible.whole) for visible in known]
        if not {kind for kind, _ in objects} <= set(seen.sight.classes):
            raise AnalysisError(
                f"{seen.model.entry.title} cannot be measured on this scene",
                why="it does not know its kinds of objects",
                do="choose the model detr-scenes, or a photograph",
            )
    else:
        objects = list(true_boxes(controls.picture, controls.boxes, seen.sight.classes))
    return true_objects(
        [box for _, box in objects], [kind for kind, _ in objects], classes=seen.sight.classes, **size
    )


def known_truth(controls: Controls, scope: Scope, seen: Seen) -> TrueObjects | None:
    """The truth for a figure that can do without; None where there is none that can be drawn."""
    try:
        truth = truth_of(controls, scope, seen)
    except AnalysisError:
        return None
    return truth if len(truth) else None


def head_of(controls: Controls) -> int | None:
    """The selected head, counted from 0; None for the mean of all."""
    return None if controls.head == "mean" else int(controls.head) - 1
