"""The lens of the tab *Attention weights*, on the words of a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from explorer.errors import ControlError
from explorer.views.lens import File, Lens, file_name
from explorer.views.self_attention.controls import WORDS, Controls
from explorer.views.values import picked

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["SENTENCE"]


def _files(controls: Controls, scope: Scope) -> tuple[File, ...]:
    from explorer.frontend.sentence import pack_sentence
    from explorer.views.self_attention.subject import subject, weights

    models = sorted(weights(controls, scope).items())
    name = file_name("sentence", models, scope.device, controls.trained, controls.sentence)

    def make() -> bytes:
        selected = subject(controls, scope)
        return pack_sentence(
            selected.observation, selected.names, right_to_left=selected.right_to_left, name=name
        )

    return (File(name, make),)


def _state(controls: Controls, scope: Scope) -> dict[str, Any]:
    return {
        "layer": controls.layer - 1,
        "head": controls.head - 1,
        "query": controls.query - 1,
        "scale": controls.scale,
        "temperature": controls.temperature,
        "causal": controls.causal,
        "masked": [int(place) - 1 for place in picked(controls.masked)],
    }


def _controls(state: Mapping[str, Any], controls: Controls, scope: Scope) -> dict[str, Any]:
    try:
        return {
            "layer": int(state["layer"]) + 1,
            "head": int(state["head"]) + 1,
            "query": int(state["query"]) + 1,
            "scale": float(state["scale"]),
            "temperature": float(state["temperature"]),
            "causal": bool(state["causal"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ControlError("The lens sent what it cannot show") from error


SENTENCE = Lens(
    "sentence",
    _files,
    _state,
    _controls,
    shows=lambda controls, scope: bool(controls.source == WORDS),
    labels={"Head": "head", "Scale × 1/√d": "scale", "Temperature": "temperature", "Causal mask": "causal"},
)
