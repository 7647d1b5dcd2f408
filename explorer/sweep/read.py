"""What a sweep wrote, as one table."""

from __future__ import annotations

import pyarrow.dataset as ds
from pyarrow import fs

from explorer.sweep.store import opened

__all__ = ["broken", "dataset"]


def dataset(place: str) -> ds.Dataset:
    """The rows of a finished sweep, read when they are asked for."""
    files, root = opened(place)
    paths = sorted(path for path in files.ls(root, detail=False) if path.endswith(".parquet"))
    return ds.dataset(paths, format="parquet", filesystem=fs.PyFileSystem(fs.FSSpecHandler(files)))


def broken(place: str) -> int:
    """Rows that have a sentence instead of numbers."""
    return dataset(place).count_rows(filter=ds.field("error").is_valid())
