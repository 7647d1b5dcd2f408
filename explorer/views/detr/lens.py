"""The lenses of the page: attention of queries and cells, and the matching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from explorer.errors import ControlError
from explorer.views.detr.controls import Controls
from explorer.views.lens import File, Lens, file_name
from explorer.views.values import picked

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["ATTENTION", "MATCHING"]

WEIGHTS = ("class_cost", "l1", "giou")


def _name(kind: str, controls: Controls, scope: Scope, *more: object) -> str:
    model = scope.model()
    which = (model.entry.name, model.checkpoint, scope.device, scope.picture.digest)
    return file_name(kind, *which, controls.shape, *more)


def _attention_files(controls: Controls, scope: Scope) -> tuple[File, ...]:
    name = _name("detr", controls, scope)

    def make() -> bytes:
        from explorer.frontend.pack import pack_detr
        from explorer.views.detr.seen import see

        seen = see(controls, scope)
        return pack_detr(seen.sight, seen.picture, title=seen.model.entry.title, name=name)

    return (File(name, make),)


def _attention_state(controls: Controls, scope: Scope) -> dict[str, Any]:
    head = int(controls.head) - 1 if controls.head.isdecimal() else -1
    return {"query": controls.query, "decoder": controls.layer - 1, "head": head}


def _attention_controls(state: Mapping[str, Any], controls: Controls, scope: Scope) -> dict[str, Any]:
    try:
        head = int(state["head"])
        return {
            "query": int(state["query"]),
            "layer": int(state["decoder"]) + 1,
            "head": "mean" if head < 0 else str(head + 1),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ControlError("The lens sent what it cannot show") from error


def _matching_files(controls: Controls, scope: Scope) -> tuple[File, ...]:
    without = (controls.without_queries, controls.without_objects)
    name = _name("matching", controls, scope, controls.picture, controls.boxes, *without)

    def make() -> bytes:
        from explorer.frontend.matching import pack_matching
        from explorer.views.detr.seen import see, truth_of

        seen = see(controls, scope)
        queries, objects = ([int(number) for number in picked(several)] for several in without)
        return pack_matching(
            seen.sight,
            truth_of(controls, scope, seen),
            seen.picture,
            without_queries=queries,
            without_objects=objects,
            name=name,
        )

    return (File(name, make),)


def _matching_state(controls: Controls, scope: Scope) -> dict[str, Any]:
    weights = {weight: getattr(controls, weight) for weight in WEIGHTS}
    return {"layer": controls.layer - 1, "shown": controls.shown, **weights}


def _matching_controls(state: Mapping[str, Any], controls: Controls, scope: Scope) -> dict[str, Any]:
    try:
        weights = {weight: float(state[weight]) for weight in WEIGHTS}
        return {"layer": int(state["layer"]) + 1, "shown": str(state["shown"]), **weights}
    except (KeyError, TypeError, ValueError) as error:
        raise ControlError("The lens sent what it cannot show") from error


ATTENTION = Lens("lens", _attention_files, _attention_state, _attention_controls)
MATCHING = Lens(
    "matching",
    _matching_files,
    _matching_state,
    _matching_controls,
    labels={"Layer": "layer", "Matrix": "shown", "Class weight": "class_cost", "GIoU weight": "giou"},
)
