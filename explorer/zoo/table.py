"""The catalogue as rows, for the Models page and `explorer models`."""

from __future__ import annotations

from typing import Any

from explorer.formatting import quantity
from explorer.zoo import cards, hub
from explorer.zoo.catalogue import Entry, entries

__all__ = ["table"]

AT_HAND = {"shipped": "ships", "package": "installed"}
"""What a model that can be loaded now is called, by its source."""


def table() -> tuple[dict[str, Any], ...]:
    """One row a model, what ships first.

    `state` is "ships", "installed" (with a package), "cached" or "to fetch"; `figures` are the card's measured ones, in words; `command`
    brings the weights to this machine and is empty where they are available.
    """
    return tuple(_row(entry) for entry in entries())


def _row(entry: Entry) -> dict[str, Any]:
    here = hub.at_hand(entry)
    return {
        "name": entry.name,
        "title": entry.title,
        "family": entry.family,
        "state": AT_HAND.get(entry.source, "cached") if here else "to fetch",
        "parameters": entry.parameters,
        "input": f"{entry.input_size[0]} x {entry.input_size[1]}",
        "licence": entry.licence,
        "source": entry.source,
        "homepage": entry.homepage,
        "summary": entry.summary,
        "figures": _figures(entry),
        "command": "" if here else hub.fetch_command(entry),
    }


def _figures(entry: Entry) -> dict[str, str]:
    if entry.source != "shipped":
        return {}
    figures = cards.read_card(entry.name).figures
    return {name: quantity(figure.value, figure.unit) for name, figure in figures.items()}
