"""What is attended to: the words of a sentence or the patches of a picture, and one pass of the model over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.views.controls import describe
from explorer.views.self_attention.controls import CHANGED, WORDS, Controls

if TYPE_CHECKING:
    from explorer.analysis.self_attention import SelfAttention
    from explorer.geometry import Frame, TokenLayout
    from explorer.tap import Change, Observation
    from explorer.views.scope import Scope

__all__ = ["Subject", "attention_of", "on_words", "said", "subject", "weights"]

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
    who: str
    notes: tuple[str, ...] = ()
    gap: int | None = None
    """The first word to be guessed."""
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
    """Every step of the chosen layer. Only a change needs another pass, which is remembered too."""
    from explorer.analysis.self_attention import steps_of

    found, layer = subject(controls, scope), controls.layer - 1
    change = _change(controls, found)
    return scope.remember(
        (*_key(controls, scope), layer, change),
        lambda: steps_of(found.model, found.x, found.observation, layer, change=change),
    )


def weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of the word model; the picture's model is a control."""
    from explorer.zoo.readers import load_reader

    if not on_words(controls):
        return {}
    reader = load_reader(controls.reader, trained=controls.trained, device=scope.device)
    return {reader.name: reader.checkpoint}


def said(controls: Controls, found: Subject, *names: str) -> str:
    """What is looked at in words, with every change that is made."""
    changed = tuple(name for name in CHANGED if getattr(controls, name) != UNCHANGED[name])
    query = f"query “{found.names[controls.query - 1]}”"
    return f"{found.who}: {describe(controls, (*names, *changed))}, {query}"


def _key(controls: Controls, scope: Scope) -> tuple[Any, ...]:
    given = (controls.sentence, *weights(controls, scope).items()) if on_words(controls) else (controls.fit,)
    return ("self-attention", controls.source, *given)


def _change(controls: Controls, found: Subject) -> Change:
    from explorer.tap import Change

    own = found.observation.call(controls.layer - 1).scale
    return Change(
        heads=_places(controls.zeroed),
        tokens=_places(controls.masked),
        scale=None if controls.scale == 1 else own * controls.scale,
        temperature=controls.temperature,
        causal=controls.causal,
    )


def _places(several: str) -> tuple[int, ...]:
    return tuple(int(each) - 1 for each in several.split(",") if each)


def _words(controls: Controls, scope: Scope) -> Subject:
    import torch

    from explorer.analysis.self_attention import observe_layers
    from explorer.zoo.readers import load_reader

    reader = load_reader(controls.reader, trained=controls.trained, device=scope.device)
    read = reader.tokenise(controls.sentence)
    x = torch.tensor([read.numbers], device=reader.device)
    return Subject(
        model=reader.module,
        module=reader.module,
        x=x,
        observation=observe_layers(reader.module, x),
        names=read.words,
        answers=reader.vocabulary,
        who=f"{reader.title}{'' if reader.trained else ', untrained'}, on {len(read.words)} words",
        notes=read.notes,
        gap=read.numbers.index(reader.mask) if reader.mask in read.numbers else None,
        right_to_left=read.right_to_left,
    )


def _patches(controls: Controls, scope: Scope) -> Subject:
    from explorer.analysis.attention import token_title
    from explorer.analysis.self_attention import observe_layers
    from explorer.geometry import as_fit
    from explorer.images import render

    model, picture, layout = scope.model(), scope.picture, scope.layout()
    frame = model.frame(picture, as_fit(controls.fit))
    x = model.prepare(render(picture, frame))
    trained = "" if model.trained else ", untrained"
    return Subject(
        model=model,
        module=model.module,
        x=x,
        observation=observe_layers(model, x),
        names=tuple(token_title(layout, at) for at in range(len(layout))),
        answers=model.classes,
        who=f"{model.entry.title}{trained}, on “{picture.name}”",
        pixels=picture.pixels,
        frame=frame,
        tokens=layout,
    )
