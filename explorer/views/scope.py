"""What a set of controls speaks of: the picture and the models, opened when first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from explorer import gallery
from explorer.errors import ControlError, ExplorerError
from explorer.geometry import Fit, Frame
from explorer.images import Picture, render
from explorer.memory import Memory
from explorer.views.controls import Control, Value, controls_of

if TYPE_CHECKING:
    import numpy as np

    from explorer.tap import Observation
    from explorer.zoo import Model

__all__ = ["Look", "Scope", "find_picture", "open_scope"]

T = TypeVar("T")
OBSERVATIONS = Memory(max_bytes=1 << 30)
DRAWINGS = Memory(max_bytes=256 << 20)


@dataclass(frozen=True)
class Look:
    """One picture shown to one model: everything the model computed that a figure may need."""

    picture: Picture
    model: Model
    frame: Frame
    shown: np.ndarray
    """The model's input before normalisation, height x width x 3, uint8."""
    observation: Observation


class Scope:
    """The picture and the models of a view, by the names of their controls."""

    def __init__(self, chosen: Mapping[str, str], pictures: Callable[[str], Picture], *, device: str = "auto"):
        self.chosen = dict(chosen)
        self.device = device
        self._pictures = pictures

    @cached_property
    def picture(self) -> Picture:
        return self._pictures(self.chosen["picture"])

    def model(self, slot: str = "model", *, trained: bool = True) -> Model:
        """The model of that slot; untrained means the same architecture with random weights of seed 0."""
        from explorer import zoo

        return zoo.load(self.chosen[slot], trained=trained, device=self.device)

    def look(self, slot: str = "model", fit: Fit = "crop", *, trained: bool = True) -> Look:
        """The picture in front of the model, from one forward pass that is remembered."""
        from explorer.tap import observe

        model, picture = self.model(slot, trained=trained), self.picture
        frame = model.frame(picture, fit)
        shown = render(picture, frame)
        key = (model.entry.name, model.checkpoint, str(model.device), picture.digest, fit)
        observation = OBSERVATIONS.get(
            key, lambda: observe(model, model.prepare(shown)), size=lambda seen: seen.nbytes
        )
        return Look(picture, model, frame, shown, observation)

    def remember(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """`make()`, or what it gave before for the same key, picture and models."""
        models = tuple(self.model(slot).checkpoint for slot in self.chosen if slot != "picture")
        digest = self.picture.digest if "picture" in self.chosen else ""
        return DRAWINGS.get((*key, self.device, digest, *models), make, size=lambda drawing: drawing.nbytes)


def open_scope(
    kind: type,
    raw: Mapping[str, Value],
    pictures: Callable[[str], Picture],
    *,
    device: str = "auto",
    strict: bool = False,
) -> tuple[Scope, tuple[str, ...]]:
    """The scope for what was asked. A picture or model that cannot be had becomes the default, with a sentence.

    Raises:
        ExplorerError: with `strict`, instead of taking a default.
    """
    chosen, refused = {}, []
    for control in controls_of(kind):
        if control.kind not in ("picture", "model"):
            continue
        chosen[control.name] = control.default
        if control.name not in raw:
            continue
        try:
            asked = str(control.resolved(None).checked(raw[control.name]))
            _check(control, asked, pictures, device)
            chosen[control.name] = asked
        except ExplorerError as error:
            if strict:
                raise
            refused.append(f"{error} {control.label} is back to {control.default}.")
    return Scope(chosen, pictures, device=device), tuple(refused)


def find_picture(reference: str) -> Picture:
    """The picture of a gallery name, else of a file: for the command line and notebooks, never for the app.

    Raises:
        PictureError: there is neither.
    """
    return gallery.picture(reference) if reference in gallery.names() else Picture.from_file(reference)


def _check(control: Control, asked: str, pictures: Callable[[str], Picture], device: str) -> None:
    if control.kind == "picture":
        pictures(asked)
        return
    from explorer import zoo

    entry = zoo.entry(asked)
    if entry.family not in control.choices:
        raise ControlError(
            f"{asked} cannot be used here",
            why=f"{control.label} takes a model of the kind {' or '.join(control.choices)}",
            do="`explorer models` lists what there is",
        )
    zoo.load(asked, device=device)


