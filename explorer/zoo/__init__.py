"""What models there are, and loading them. Importing this brings in neither torch nor timm."""

from pathlib import Path

from explorer.zoo import hub
from explorer.zoo.adopted import adopt
from explorer.zoo.catalogue import Entry, entries, entry
from explorer.zoo.devices import devices
from explorer.zoo.hub import at_hand, fetch_command
from explorer.zoo.loading import load, local
from explorer.zoo.model import Model
from explorer.zoo.table import table

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


def fetch(name: str) -> Path | None:
    """Bring the weights of a model to this machine; the file, or None for a model that ships.

    Raises:
        ModelError: there is no such model, or nobody published weights for it.
        NotAtHand: there is no network.
    """
    wanted = entry(name)
    return hub.fetch(wanted) if wanted.source in ("timm", "hub") else None
