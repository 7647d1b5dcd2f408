"""Archives and arrays from anywhere, unpacked as far as they may be and no further."""

from __future__ import annotations

import io
import tokenize
import zipfile

import numpy as np
from numpy.lib import format as npy

__all__ = ["array_in", "read_member"]

BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Methods whose unpacking `zipfile` can bound."""


def read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """The first `most` bytes of a member.

    Raises:
        ValueError: it is packed by a method that cannot be bounded; or what `zipfile` raises.
    """
    if entry.compress_type not in BOUNDED:
        raise ValueError("packed by a method that cannot be bounded")
    with archive.open(entry) as member:
        return member.read(most)


def array_in(data: bytes) -> tuple[tuple[int, ...], np.dtype, bytes]:
    """What a NumPy file's header says, shape and type, and the bytes behind it. No room is made for what it claims.

    Raises:
        ValueError: it is none, or of another version than NumPy writes for plain arrays.
    """
    stream = io.BytesIO(data)
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("another version")
    try:
        shape, _, dtype = npy.read_array_header_1_0(stream)
    except (tokenize.TokenError, SyntaxError, RecursionError, MemoryError, TypeError) as error:
        raise ValueError("a header that is no dictionary") from error  # NumPy has Python's parser read it
    return shape, dtype, stream.read()
