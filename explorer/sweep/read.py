"""What a sweep wrote, as one table."""

from __future__ import annotations

import pyarrow.dataset as ds
from fsspec.implementations.local import LocalFileSystem
from pyarrow import fs

from explorer.sweep.store import opened

__all__ = ["broken", "dataset"]


def dataset(place: str) -> ds.Dataset:
    """The rows of a finished sweep, read when they are asked for."""
    files, root = opened(place)
    paths = sorted(path for path in files.ls(root, detail=False) if path.endswith(".parquet"))
    # Arrow reads in threads of its own. One that has still to let go of a file of Python's when the interpreter ends brings
    # the whole process down, so what Arrow can read itself it does.
    local = isinstance(files, LocalFileSystem)
    system = fs.LocalFileSystem() if local else fs.PyFileSystem(fs.FSSpecHandler(files))
    return ds.dataset(paths, format="parquet", filesystem=system)


def broken(place: str) -> int:
    """Rows that have a sentence instead of numbers."""
    return dataset(place).count_rows(filter=ds.field("error").is_valid())
