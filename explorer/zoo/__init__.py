"""What models there are, and loading them. Importing this brings in neither torch nor timm."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.zoo import hub
from explorer.zoo.catalogue import Entry, entries, entry
from explorer.zoo.devices import devices
from explorer.zoo.hub import at_hand, fetch_command
from explorer.zoo.table import table

if TYPE_CHECKING:
    from explorer.zoo.adopted import adopt
    from explorer.zoo.loading import load, local
    from explorer.zoo.model import Model

__all__ = [
    "Entry",
    "Model",
    "adopt",
    "at_hand",
    "devices",
    "entries",
    "entry",
    "fetch",
    "fetch_command",
    "load",
    "local",
    "table",
]

_LATER = {"Model": "model", "adopt": "adopted", "load": "loading", "local": "loading"}
"""What the list of models can do without: NumPy and Pillow take longer to import than it takes to print."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'explorer.zoo' has no attribute {name!r}")
    return getattr(import_module(f"explorer.zoo.{_LATER[name]}"), name)


def fetch(name: str) -> Path | None:
    """Bring the weights of a model to this machine; the file, or None for a model that ships.

    Raises:
        ModelError: there is no such model, or nobody published weights for it.
        WeightsNotFound: there is no network.
    """
    wanted = entry(name)
    return hub.fetch(wanted) if wanted.source in ("timm", "hub") else None
