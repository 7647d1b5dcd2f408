"""The lens of the tab *Compare*: the same place in the CNN, the ViT, a hybrid and a DETR's encoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from explorer.geometry import Frame, InputPoint, PhotoPoint, as_fit
from explorer.views.lens import File, Lens, When, file_name, plain
from explorer.views.receptive_field.controls import PLACES, Controls, depths, part_at_depth, parts_of
from explorer.views.scope import Scope

if TYPE_CHECKING:
    from explorer.zoo import Model

__all__ = ["COMPANIONS", "COMPARE", "point"]

COMPANIONS = {"Hybrid": "hybrid", "DETR's encoder": "detr-photos"}
"""What is compared besides the CNN and the ViT that are selected."""


def point(controls: Controls, size: tuple[int, int]) -> InputPoint:
    """The selected place in an input of that size."""
    return InputPoint((controls.row - 0.5) / PLACES * size[0], (controls.column - 0.5) / PLACES * size[1])


def companion(name: str, scope: Scope) -> Model:
    """One of `COMPANIONS`, with trained or random weights as the others."""
    from explorer import zoo

    return zoo.load(name, kind=zoo.Model, trained=scope.trained, device=scope.device)


def _files(controls: Controls, scope: Scope) -> Sequence[File]:
    fit = controls.fit
    cnn, vit = scope.model("cnn"), scope.model("vit")

    def file(make: Callable[..., bytes], when: When, *what: object) -> File:
        name = file_name(*what, scope.device, scope.trained, scope.picture.digest, fit)
        return File(name, partial(make, scope, fit, name), when)

    parts = range(len(parts_of(scope, "cnn")))
    shown = part_at_depth(controls, scope, "cnn")
    return (
        file(_boxes, "now", "boxes", cnn.entry.name, cnn.checkpoint),
        file(_vit, "now", "attention", vit.entry.name, vit.checkpoint),
        *(file(partial(_companion, each), "later", "attention", each) for each in COMPANIONS.values()),
        *(
            file(partial(_maps, part), "background", "maps", part, cnn.entry.name, cnn.checkpoint)
            for part in sorted(parts, key=lambda part: abs(part - shown))
        ),
    )


def _boxes(scope: Scope, fit: str, name: str) -> bytes:
    from explorer.analysis.receptive_field import receptive_field
    from explorer.frontend.fields import pack_boxes

    model, picture = scope.model("cnn"), scope.picture
    return pack_boxes(
        receptive_field(model), picture, frame=_frame(scope, fit), title=model.entry.title, name=name
    )


def _maps(part: int, scope: Scope, fit: str, name: str, keep_on: Callable[[float], None]) -> bytes:
    from explorer.analysis.field import field_pass
    from explorer.analysis.field_places import field_places
    from explorer.frontend.fields import pack_maps

    model, layer = scope.model("cnn"), parts_of(scope, "cnn")[part]
    seen = field_pass(model, model.see(scope.picture, as_fit(fit)), layers=(layer,))
    return pack_maps(field_places(seen, layer, on_progress=keep_on), part=part, name=name)


def _vit(scope: Scope, fit: str, name: str) -> bytes:
    from explorer.frontend.pack import pack

    look = scope.look("vit", fit)
    return pack(look.observation, look.picture, frame=look.frame, title=look.model.entry.title, name=name)


def _companion(which: str, scope: Scope, fit: str, name: str) -> bytes:
    from explorer.frontend.pack import pack_model

    model = companion(which, scope)
    # A DETR is meant to see the whole photograph in its own shape.
    return pack_model(
        model, scope.picture, fit="" if model.entry.family == "detr" else fit, name=name, encoder_only=True
    )


def _frame(scope: Scope, fit: str) -> Frame:
    return scope.model("cnn").frame(scope.picture, as_fit(fit))


def _state(controls: Controls, scope: Scope) -> dict[str, Any]:
    photo, frame = scope.picture, _frame(scope, controls.fit)
    at = frame.to_photo(point(controls, scope.model("cnn").input_size))
    return {"at": [at.column / photo.width, at.row / photo.height]}


def _controls(state: Mapping[str, Any], controls: Controls, scope: Scope) -> dict[str, Any]:
    photo, size = scope.picture, scope.model("cnn").input_size
    x, y = map(float, state["at"])
    at = _frame(scope, controls.fit).to_input(PhotoPoint(y * photo.height, x * photo.width))
    return {"row": _place(at.row / size[0]), "column": _place(at.column / size[1])}


def _place(share: float) -> int:
    return min(max(int(share * PLACES) + 1, 1), PLACES)


COMPARE = Lens(
    "compare",
    _files,
    {"depth": plain("depth", int), "fusion": plain("fusion", str), "log": plain("log", bool)},
    _state,
    _controls,
    fixed=lambda controls, scope: {"depths": depths(scope), "labels": ["CNN", "ViT", *COMPANIONS]},
    labels={"Depth": "depth", "Heads": "fusion", "Log scale": "log"},
)
