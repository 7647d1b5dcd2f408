"""The catalogue: what can be loaded, said without importing torch or timm."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from explorer.errors import ModelError
from explorer.fresh import while_unchanged
from explorer.zoo import cards

__all__ = ["Entry", "entries", "entry", "own"]


@dataclass(frozen=True)
class Entry:
    """A model that can be loaded."""

    name: str
    title: str
    family: str
    """cnn, vit, hybrid …"""
    source: str
    """shipped (checkpoints/), package (weights inside an installed package), timm (its weights on the Hugging Face
    hub), hub (transformers' models there) or file (the visitor's own)."""
    architecture: str
    """timm's name with the tag of its weights, or "module:Class" of a model that ships."""
    parameters: int
    licence: str
    input_size: tuple[int, int]
    """Rows and columns in pixels, as trained."""
    options: Mapping[str, Any] = field(default_factory=dict)
    homepage: str = ""
    summary: str = ""

    @property
    def repository(self) -> str:
        """Where the Hugging Face hub keeps the weights."""
        return self.architecture if self.source == "hub" else f"timm/{self.architecture}"


own: dict[str, Entry] = {}
"""Models that visitors brought, by name; found by whoever knows the name, and in nobody's list."""


def entries(family: str | None = None, source: str | None = None) -> tuple[Entry, ...]:
    """The catalogue, what ships first; only of a family or source if one is given."""
    every = _catalogue(cards.folder()).values()
    return tuple(
        known for known in every if family in (None, known.family) and source in (None, known.source)
    )


def entry(name: str) -> Entry:
    """The entry of that name: of the catalogue, or of any timm architecture, with or without a tag.

    Raises:
        ModelError: nothing is called that.
    """
    if name in own:
        return own[name]
    every = _catalogue(cards.folder())
    if name in every:
        return every[name]
    for known in every.values():
        if name == known.architecture:
            return known
    from explorer.zoo.architectures import described, like

    description = described(name)
    if description is None:
        near = ", ".join(like(name))
        raise ModelError(
            f"There is no model called {name!r}",
            why=f"the nearest names are {near}" if near else "",
            do="choose one of `explorer models`, or the name of any architecture of timm",
        )
    return description


@while_unchanged
def _catalogue(place: Path) -> Mapping[str, Entry]:
    """By name, what ships first; `place` is the folder of the cards."""
    from explorer.zoo.curated import CURATED, HUB, IMAGE_GPT, PACKAGES

    every: dict[str, Entry] = {}
    for known in (*map(_shipped, cards.card_names()), *PACKAGES, *CURATED, *HUB, IMAGE_GPT):
        every.setdefault(known.name, known)
    return every


def _shipped(name: str) -> Entry:
    card = cards.read_card(name)
    return Entry(
        name=card.name,
        title=card.title,
        family=card.family,
        source="shipped",
        architecture=card.architecture,
        parameters=card.parameters,
        licence=card.licence,
        input_size=(card.input_size[0], card.input_size[1]),
        options=dataclasses.asdict(card)["options"],
        summary=card.data,
    )
