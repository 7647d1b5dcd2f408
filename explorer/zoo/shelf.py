"""The cards of the models that ship as they are listed: trainings of one model from several seeds are one row."""

from __future__ import annotations

import json
from dataclasses import dataclass

from explorer.zoo.cards import Card, card_names, read_card

__all__ = ["Row", "models", "shelf"]

COMPARED = ("recall", "positions", "stage")
"""Families whose models differ in one thing and are looked at side by side."""


@dataclass(frozen=True)
class Row:
    """One model, in all its trainings."""

    cards: tuple[Card, ...]
    """By seed."""

    @property
    def first(self) -> Card:
        return self.cards[0]

    @property
    def trainings(self) -> str:
        """How many, where there are several."""
        return f"{len(self.cards)} trainings" if len(self.cards) > 1 else ""


def shelf() -> dict[str, tuple[Row, ...]]:
    """Rows by group, both in the order of their names. A model alone of its kind is a group of its own name; models
    of one family that were made to be compared, each from several seeds or one, are a group of the family's name."""
    groups: dict[str, list[Row]] = {}
    for row in models():
        group = row.first.family if row.first.family in COMPARED else row.first.name
        groups.setdefault(group, []).append(row)
    return {group: tuple(rows) for group, rows in groups.items()}


def models() -> tuple[Row, ...]:
    """What ships, by name: the trainings of one model, which differ in their seed alone, are one row."""
    alike: dict[tuple[str, ...], list[Card]] = {}
    for name in card_names():
        card = read_card(name)
        options = json.dumps(dict(card.options), sort_keys=True)
        alike.setdefault((card.family, card.architecture, options, card.data), []).append(card)
    return tuple(Row(tuple(sorted(cards, key=lambda card: card.seed))) for cards in alike.values())
