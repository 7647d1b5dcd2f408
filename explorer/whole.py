"""A file that is written whole or not at all, whenever the process ends or the machine loses power."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["replacing", "sweep", "write_whole"]

PART = ".part"
ABANDONED = 3600.0
"""Seconds after which a part belongs to a writer that was killed: nobody writes for so long."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """The place of a part beside `path`, which takes its name when what is inside has written it.

    The part is on the disk before it is renamed, and the new name before this returns: at any moment `path` is what it was
    or what it is to be. What fails leaves no part.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
    try:
        yield part
        sync(part)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # not every system opens folders
        sync(path.parent)


def write_whole(path: Path, data: bytes) -> None:
    """The bytes as a file."""
    with replacing(path) as part:
        part.write_bytes(data)


def sweep(folder: Path) -> None:
    """Remove the parts that killed writers left in a folder."""
    for part in folder.glob(f".*{PART}"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > ABANDONED:
                part.unlink()


def sync(path: Path) -> None:
    """Have the system put a file or folder on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
