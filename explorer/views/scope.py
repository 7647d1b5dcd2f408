"""What a set of controls speaks of: the picture and the models, opened when first needed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from explorer import gallery
from explorer.errors import ControlError, ExplorerError, UnsupportedModel
from explorer.geometry import Frame, TokenLayout, as_fit
from explorer.images import Picture, render
from explorer.memory import LRUCache
from explorer.scenes import is_scene, scene_picture
from explorer.views.controls import Control, controls_of
from explorer.views.values import Value

if TYPE_CHECKING:
    import numpy as np

    from explorer.tap import Observation
    from explorer.zoo import Model
    from explorer.zoo.pixel_models import PixelModel

__all__ = ["Look", "Scope", "find_picture", "open_scope"]

T = TypeVar("T")
OBSERVATIONS = LRUCache()
REMEMBERED = LRUCache()


@dataclass(frozen=True)
class Look:
    """One picture shown to one model: everything the model computed that a figure may need."""

    picture: Picture
    model: Model
    frame: Frame
    shown: np.ndarray
    """The model's input before normalisation, height x width x 3, uint8."""
    observation: Observation

    @property
    def on_picture(self) -> dict[str, Any]:
        """What every figure on the picture is given."""
        return {"picture": self.picture.pixels, "frame": self.frame}

    @property
    def tokens(self) -> TokenLayout:
        """How the model's tokens lie on the picture.

        Raises:
            UnsupportedModel: not in a way that is known here.
        """
        return _layout(self.model)


class Scope:
    """The picture and the models of a view, by the names of their controls."""

    def __init__(
        self,
        chosen: Mapping[str, str],
        pictures: Callable[[str], Picture],
        *,
        device: str = "auto",
        trained: bool = True,
        raw: Mapping[str, Value] | None = None,
        writers: Collection[str] = (),
        own: dict[str, Any] | None = None,
    ) -> None:
        self.chosen = dict(chosen)
        self.writers = frozenset(writers)
        """The slots that hold a model which writes pictures."""
        self.own: dict[str, Any] = {} if own is None else own
        """What this visitor alone has, such as a picture being written; everything else is shared."""
        self.device, self.trained = device, trained
        self.raw = dict(raw or {})
        """What was asked, unchecked, for controls whose bounds depend on another control."""
        self.progress: Callable[[float], None] = lambda share: None
        """Told the share that is done by what takes long."""
        self.pictures = pictures
        """Finds the picture of a reference."""
        self.known_controls: dict[int, Any] = {}
        """What `Control.resolved` worked out, by the control's identity."""
        self._models: dict[str, Model] = {}
        self._looks: dict[tuple[str, str], Look] = {}

    @cached_property
    def picture(self) -> Picture:
        return self.pictures(self.chosen["picture"])

    def model(self, slot: str = "model") -> Model:
        """The model of that slot; untrained means the same architecture with random weights of seed 0."""
        if slot not in self._models:
            from explorer import zoo

            self._models[slot] = zoo.load(
                self.chosen[slot], kind=zoo.Model, trained=self.trained, device=self.device
            )
        return self._models[slot]

    def writer(self, slot: str = "writer") -> PixelModel:
        """The model of that slot that writes pictures."""
        from explorer.zoo.pixel_models import load_pixels

        return load_pixels(self.chosen[slot], device=self.device)

    def checkpoint(self, slot: str) -> str:
        """What the weights of that slot's model are; "" where they are not available."""
        if slot not in self.writers:
            return self.model(slot).checkpoint
        from explorer.zoo.pixel_models import checkpoint_of

        return checkpoint_of(self.chosen[slot])

    def layout(self, slot: str = "model") -> TokenLayout:
        """How the tokens of that slot's model lie on the picture.

        Raises:
            UnsupportedModel: the model has no tokens whose attention can be shown.
        """
        return _layout(self.model(slot))

    def look(self, slot: str = "model", fit: str = "crop") -> Look:
        """The picture in front of the model, from one forward pass that is remembered."""
        if (slot, fit) not in self._looks:
            self._looks[slot, fit] = self._look(slot, fit)
        return self._looks[slot, fit]

    def _look(self, slot: str, fit: str) -> Look:
        from explorer.tap import observe

        model, picture = self.model(slot), self.picture
        frame = model.frame(picture, as_fit(fit))
        shown = render(picture, frame)
        key = (model.entry.name, model.checkpoint, str(model.device), picture.digest, fit)
        observation = OBSERVATIONS.get(key, lambda: observe(model, model.prepare(shown)))
        return Look(picture, model, frame, shown, observation)

    def with_weights(self, *, trained: bool) -> Scope:
        """The same picture and models, with trained or with random weights."""
        if trained == self.trained:
            return self
        return Scope(
            self.chosen,
            self.pictures,
            device=self.device,
            trained=trained,
            raw=self.raw,
            writers=self.writers,
            own=self.own,
        )

    def with_asked(self, raw: Mapping[str, Value]) -> Scope:
        """The same picture and models where this is asked of the controls, and where nothing is the visitor's own. It can
        be used when he has left."""
        pictures = {self.chosen["picture"]: self.picture} if "picture" in self.chosen else {}
        return Scope(
            self.chosen,
            pictures.__getitem__,
            device=self.device,
            trained=self.trained,
            raw=raw,
            writers=self.writers,
        )

    def remember(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """`make()`, or what it gave before for the same key, picture, models and weights."""
        return REMEMBERED.get(self._named(key), make)

    def remembers(self, key: tuple[Any, ...]) -> bool:
        """Whether `remember` has it."""
        return self._named(key) in REMEMBERED

    def _named(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        digest = self.picture.digest if "picture" in self.chosen else ""
        models = tuple(sorted(self.chosen.items()))
        return (*key, self.device, self.trained, digest, models, self._weights())

    def _weights(self) -> tuple[str, ...]:
        """What the models' weights are, of those already loaded: a replaced file is another model."""
        return tuple(self.checkpoint(slot) for slot in self.chosen if slot != "picture")


def _layout(model: Model) -> TokenLayout:
    if model.tokens is None:
        raise UnsupportedModel(
            f"The attention of {model.entry.title} cannot be shown",
            why="its tokens do not lie on the picture in a way that is known here",
            do="choose another vision transformer",
        )
    return model.tokens


def open_scope(
    kind: type,
    raw: Mapping[str, Value],
    pictures: Callable[[str], Picture],
    *,
    device: str = "auto",
    strict: bool = False,
    own: dict[str, Any] | None = None,
) -> tuple[Scope, tuple[str, ...]]:
    """The scope for what was asked. A picture or model that cannot be had becomes the default, with a sentence. Only
    with `strict` is a model downloaded: in the app it is offered, and whoever asked goes on meanwhile.

    Raises:
        ExplorerError: with `strict`, instead of taking a default.
    """
    chosen, refused = {}, []
    trained = _wanted_trained(kind, raw)
    for control in controls_of(kind):
        if control.kind not in ("picture", "model", "writer"):
            continue
        chosen[control.name] = control.default
        if control.name not in raw or (control.kind == "writer" and raw[control.name] == control.default):
            continue
        try:
            wanted = str(control.resolved(None).checked(raw[control.name]))
            _check(control, wanted, pictures, device, trained, fetching=strict)
            chosen[control.name] = wanted
        except ExplorerError as error:
            if strict:
                raise
            refused.append(f"{error} {control.label} is back to {control.default}.")
    writers = [control.name for control in controls_of(kind) if control.kind == "writer"]
    scope = Scope(chosen, pictures, device=device, trained=trained, raw=raw, writers=writers, own=own)
    return scope, tuple(refused)


def find_picture(reference: str) -> Picture:
    """The picture of a gallery name or a scene, else of a file: for the command line and notebooks, never for the app.

    Raises:
        PictureError: there is none of them.
        ControlError: the scene cannot be drawn.
    """
    if reference in gallery.names():
        return gallery.picture(reference)
    return scene_picture(reference) if is_scene(reference) else Picture.from_file(reference)


def _wanted_trained(kind: type, raw: Mapping[str, Value]) -> bool:
    """What the control `trained` is set to: it must be known before a model is loaded, since random weights need
    no download. A view without that control shows trained models."""
    for control in controls_of(kind):
        if control.name == "trained" and "trained" in raw:
            try:
                return bool(control.resolved(None).checked(raw["trained"]))
            except ControlError:
                return True
    return True


def _check(
    control: Control,
    wanted: str,
    pictures: Callable[[str], Picture],
    device: str,
    trained: bool,
    *,
    fetching: bool,
) -> None:
    if control.kind == "picture":
        pictures(wanted)
        return
    if control.kind == "writer":
        _check_writer(control, wanted)
        return
    from explorer import zoo
    from explorer.zoo.hub import to_download

    entry = zoo.entry(wanted)
    if entry.family not in control.choices:
        raise ControlError(
            f"{wanted} cannot be used here",
            why=f"{control.label} takes a model of the kind {' or '.join(control.choices)}",
            do="`explorer models` lists what there is",
        )
    if trained and not fetching and entry.homepage and not zoo.at_hand(entry):
        raise to_download(entry)
    zoo.load(wanted, trained=trained, device=device)


def _check_writer(control: Control, wanted: str) -> None:
    """Names only, never a folder: in the app, anyone may ask."""
    from explorer.zoo.pixel_models import pixel_models

    enlarging = "enlarging" in control.choices
    if wanted not in (names := pixel_models(enlarging=enlarging)):
        what = "enlarges pictures" if enlarging else "writes pictures from nothing"
        raise ControlError(
            f"No available model called {wanted!r} {what}", do=f"choose among {', '.join(names) or 'none'}"
        )
