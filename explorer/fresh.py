"""What was read from the disk, read again only when it changed, and looked at no more than once a second.

A file or folder is looked at once a second at most, however many ask, and read again when its modification time or size is
another. So what is replaced (checkpoints are written beside and moved, which changes their folder) is seen within a
second, and what draws again at once touches nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

__all__ = ["forget", "stamp", "while_unchanged"]

P = ParamSpec("P")
T = TypeVar("T")
LOOKED_AT_EVERY = 1.0
"""Seconds."""

_looked: dict[Path, tuple[float, tuple[int, int] | None]] = {}
_read: dict[tuple[Hashable, ...], tuple[Any, Any]] = {}
_reading = threading.RLock()


def stamp(path: Path) -> tuple[int, int] | None:
    """The modification time and size of a file or folder; None where there is none."""
    when, known = _looked.get(path, (float("-inf"), None))
    if (now := time.monotonic()) - when < LOOKED_AT_EVERY:
        return known
    try:
        status = path.stat()
        result = status.st_mtime_ns, status.st_size
    except OSError:
        result = None
    _looked[path] = now, result
    return result


def while_unchanged(
    read: Callable[Concatenate[Path, P], T],
) -> Callable[Concatenate[Path, P], T]:
    """`read(path, …)`, called again only when `path` has changed. What it returns is shared: nobody changes it."""

    @wraps(read)
    def known(path: Path, /, *arguments: P.args, **options: P.kwargs) -> T:
        key, now = (read, path, *arguments, *sorted(options.items())), stamp(path)
        then = _read.get(key)
        if then is None or then[0] != now:
            with _reading:
                then = _read.get(key)
                if then is None or then[0] != now:
                    then = _read[key] = now, read(path, *arguments, **options)
        return then[1]

    return known


def forget() -> None:
    """Look at everything anew: for who has just changed it."""
    _looked.clear()
    _read.clear()
