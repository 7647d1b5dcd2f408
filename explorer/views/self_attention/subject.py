"""The input: the words of a sentence or the patches of a picture, and one forward pass of the model over them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from explorer.analysis.attention import token_title
from explorer.analysis.self_attention import SelfAttention, observe_layers, steps_of
from explorer.geometry import Frame, TokenLayout, as_fit
from explorer.images import render
from explorer.tap import Change, Observation
from explorer.views.controls import describe
from explorer.views.scope import Scope
from explorer.views.self_attention.controls import CHANGED, WORDS, Controls
from explorer.views.values import picked
from explorer.zoo.readers import MaskedLM, load_reader

__all__ = ["Subject", "attention_of", "on_words", "subject", "subject_title", "weights"]

UNCHANGED = {"scale": 1.0, "temperature": 1.0, "causal": False, "zeroed": "", "masked": ""}


@dataclass(frozen=True, eq=False)
class Subject:
    """An input and everything a model computed of it, for all layers and heads at once."""

    model: Any
    module: Any
    x: Any
    observation: Observation
    names: tuple[str, ...]
    """What each token is called."""
    answers: tuple[str, ...]
    """What each of the model's outputs stands for."""
    title: str
    """The model and its input."""
    notes: tuple[str, ...] = ()
    gap: int | None = None
    """The first word to be predicted."""
    right_to_left: bool = False
    pixels: Any = None
    frame: Frame | None = None
    tokens: TokenLayout | None = None


def on_words(controls: Controls) -> bool:
    return controls.source == WORDS


def subject(controls: Controls, scope: Scope) -> Subject:
    """From one forward pass that is remembered.

    Raises:
        ControlError: the sentence cannot be read.
        UnsupportedModel: the model's layers are of a kind not known here.
    """
    make = _words if on_words(controls) else _patches
    return scope.remember(_key(controls, scope), lambda: make(controls, scope))


def attention_of(controls: Controls, scope: Scope) -> SelfAttention:
    """Every step of the selected layer. Only a change needs another pass, which is remembered too."""
    selected, layer = subject(controls, scope), controls.layer - 1
    change = _change(controls, selected)
    return scope.remember(
        (*_key(controls, scope), layer, change),
        lambda: steps_of(selected.model, selected.x, selected.observation, layer, change=change),
    )


def weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of the word model; the picture's model is a control."""
    if not on_words(controls):
        return {}
    reader = _reader(controls, scope)
    return {reader.name: reader.checkpoint}


def subject_title(*names: str) -> Callable[[Controls, Scope], str]:
    """The end of captions: the model and its input, some controls, and every change that is made."""

    def title(controls: Controls, scope: Scope) -> str:
        selected = subject(controls, scope)
        changed = tuple(name for name in CHANGED if getattr(controls, name) != UNCHANGED[name])
        query = f"query “{selected.names[controls.query - 1]}”"
        return f"{selected.title}: {describe(controls, (*names, *changed))}, {query}"

    return title


def _reader(controls: Controls, scope: Scope) -> MaskedLM:
    return load_reader(controls.reader, trained=controls.trained, device=scope.device)


def _key(controls: Controls, scope: Scope) -> tuple[Any, ...]:
    given = (controls.sentence, *weights(controls, scope).items()) if on_words(controls) else (controls.fit,)
    return ("self-attention", controls.source, *given)


def _change(controls: Controls, selected: Subject) -> Change:
    own = selected.observation.call(controls.layer - 1).scale
    return Change(
        heads=_places(controls.zeroed),
        tokens=_places(controls.masked),
        scale=None if controls.scale == 1 else own * controls.scale,
        temperature=controls.temperature,
        causal=controls.causal,
    )


def _places(several: str) -> tuple[int, ...]:
    return tuple(int(number) - 1 for number in picked(several))


def _words(controls: Controls, scope: Scope) -> Subject:
    reader = _reader(controls, scope)
    read = reader.tokenise(controls.sentence)
    x = torch.tensor([read.numbers], device=reader.device)
    return Subject(
        model=reader.module,
        module=reader.module,
        x=x,
        observation=observe_layers(reader.module, x),
        names=read.words,
        answers=reader.vocabulary,
        title=f"{reader.title}{'' if reader.trained else ', untrained,'} on {len(read.words)} words",
        notes=read.notes,
        gap=read.numbers.index(reader.mask) if reader.mask in read.numbers else None,
        right_to_left=read.right_to_left,
    )


def _patches(controls: Controls, scope: Scope) -> Subject:
    model, picture, layout = scope.model(), scope.picture, scope.layout()
    frame = model.frame(picture, as_fit(controls.fit))
    x = model.prepare(render(picture, frame))
    trained = "" if model.trained else ", untrained,"
    return Subject(
        model=model,
        module=model.module,
        x=x,
        observation=observe_layers(model, x),
        names=tuple(token_title(layout, at) for at in range(len(layout))),
        answers=model.classes,
        title=f"{model.entry.title}{trained} on “{picture.name}”",
        pixels=picture.pixels,
        frame=frame,
        tokens=layout,
    )
