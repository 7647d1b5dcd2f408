"""Downloads in the background, one after another, shared by all who ask for the same model."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal

from explorer.errors import ExplorerError, ModelError
from explorer.zoo import hub
from explorer.zoo.catalogue import Entry, entries
from explorer.zoo.downloading import Cancelled

__all__ = ["REAL", "Download", "offered", "start", "state_of"]

State = Literal["waiting", "running", "done", "cancelled", "failed"]

REAL = (
    "vit_small_patch16_224",
    "vit_small_patch14_reg4_dinov2",
    "resnet50",
    "detr-resnet-50",
    "imagegpt-small",
)
"""Models of the papers that a lecture wants, which are not small enough to ship."""


@dataclass(eq=False)
class Download:
    """One model on its way; read by all who wait for it."""

    entry: Entry
    state: State = "waiting"
    done: int = 0
    """Bytes that are here."""
    size: int = 0
    """Bytes in all; 0 until the hub has said it."""
    error: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def active(self) -> bool:
        return self.state in ("waiting", "running")

    def cancel(self) -> None:
        """Stop it; what is here is kept, and the next download of the model goes on from there."""
        self._stop.set()
        if self.state == "waiting":
            self.state = "cancelled"

    def run(self) -> None:
        """Bring the weights here, and say how it ended."""
        if self._stop.is_set():
            return
        self.state = "running"
        try:
            hub.fetch(self.entry, on_progress=self._on_progress)
            self.state = "done"
        except Cancelled:
            self.state = "cancelled"
        except ExplorerError as error:
            self.error, self.state = str(error), "failed"

    def _on_progress(self, done: int, size: int) -> None:
        self.done, self.size = done, size
        if self._stop.is_set():
            raise Cancelled


_downloads: dict[str, Download] = {}
_lock = threading.Lock()
_one_at_a_time = threading.Lock()


def offered(name: str) -> Entry | None:
    """The entry of a model of the catalogue that is not on this machine but can be downloaded."""
    for entry in entries():
        if name == entry.name:
            return entry if entry.source in ("timm", "hub") and not hub.at_hand(entry) else None
    return None


def start(name: str) -> Download:
    """The download of a model of the catalogue: the one under way, if another visitor began it.

    Raises:
        ModelError: the catalogue has no such model to be downloaded.
    """
    entry = next((known for known in entries() if known.name == name), None)
    if entry is None or entry.source not in ("timm", "hub"):
        raise ModelError(
            f"{name} is not downloaded from a page", do="choose a model of the list on the page Models"
        )
    with _lock:
        download = _downloads.get(name)
        if download is None or not download.active:
            download = _downloads[name] = Download(entry)
            threading.Thread(target=_run, args=(download,), name=f"download {name}", daemon=True).start()
        return download


def state_of(name: str) -> Download | None:
    """The latest download of that model; None if nobody asked."""
    return _downloads.get(name)


def _run(download: Download) -> None:
    with _one_at_a_time:
        download.run()
