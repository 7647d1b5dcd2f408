"""What a TIFF file says of its first page, read from its directory alone, before any decoder allocates for it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

__all__ = ["TiffPage", "first_page"]

_OFFSETS = (273, 324)
"""The tags that list where strips and tiles lie."""
_BYTES = (1, 2, 6, 7)
"""The types that are kept as they are: bytes and text."""


@dataclass(frozen=True)
class TiffPage:
    """The first page."""

    pieces: int
    """Strips or tiles; each costs a decoder an entry and a call."""
    entries: int
    """Numbers of all tags together; each becomes a Python object."""
    more: bool
    """Whether another page follows."""


def first_page(data: bytes) -> TiffPage:
    """The first page of a TIFF or BigTIFF (TIFF 6.0, section 2).

    Raises:
        ValueError: the file ends before its directory does, or says neither byte order.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        raise ValueError("no byte order")
    try:
        big = struct.unpack_from(order + "H", data, 2)[0] == 43
        offset, count_at, entry, wide = ("Q", "Q", 20, "Q") if big else ("I", "H", 12, "I")
        (start,) = struct.unpack_from(order + offset, data, 8 if big else 4)
        (tags,) = struct.unpack_from(order + count_at, data, start)
        first = start + struct.calcsize(count_at)
        if first + tags * entry > len(data):
            raise ValueError("the directory is cut short")
        listed = [struct.unpack_from(f"{order}HH{wide}", data, first + entry * at) for at in range(tags)]
        (following,) = struct.unpack_from(order + offset, data, first + entry * tags)
    except struct.error as error:
        raise ValueError("the directory is cut short") from error
    return TiffPage(
        pieces=max((count for tag, _, count in listed if tag in _OFFSETS), default=0),
        entries=sum(count for _, kind, count in listed if kind not in _BYTES),
        more=following != 0,
    )
