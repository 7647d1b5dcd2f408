"""Weights that visitors bring: kept for as long as the process runs, under a name nobody can guess a path with."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

from explorer.errors import CheckpointError
from explorer.formatting import shortened
from explorer.zoo.catalogue import Entry, own
from explorer.zoo.loading import load, local

__all__ = ["MAX_BYTES", "MAX_KEPT", "adopt"]

MAX_BYTES = 400 << 20
MAX_KEPT = 4
"""Files kept at once; the oldest is forgotten first."""

_folder = tempfile.TemporaryDirectory(prefix="explorer-weights-")
_kept: OrderedDict[str, Path] = OrderedDict()
_lock = threading.Lock()


def adopt(architecture: str, data: bytes, *, name: str, device: str = "auto") -> Entry:
    """The entry of uploaded safetensors for an architecture of timm; loading it has been tried.

    Raises:
        CheckpointError: too large, damaged, or not for this architecture.
    """
    name = shortened(name)
    if not data or len(data) > MAX_BYTES:
        raise CheckpointError(
            f"{name} cannot be taken",
            why="it is empty" if not data else f"more than {MAX_BYTES >> 20} MB are not kept",
        )
    digest = hashlib.sha256(architecture.encode() + b"\0" + data).hexdigest()[:12]
    path = Path(_folder.name) / f"{digest}.safetensors"
    path.write_bytes(data)
    try:
        entry = dataclasses.replace(local(path, architecture=architecture), name=f"own-{digest}", title=name)
        own[entry.name] = entry
        load(entry.name, device=device)
    except BaseException:
        own.pop(f"own-{digest}", None)
        path.unlink(missing_ok=True)
        raise
    with _lock:
        _kept[entry.name] = path
        _kept.move_to_end(entry.name)
        while len(_kept) > MAX_KEPT:
            forgotten, file = _kept.popitem(last=False)
            own.pop(forgotten, None)
            file.unlink(missing_ok=True)
    return entry
