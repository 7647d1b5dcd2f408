"""Everyday photographs in memory: without labels, with boxes, and Imagenette's, for what learns from a teacher."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from explorer.data.imagenette import Photographs, count_in, decoded

__all__ = ["FILES", "HELD_OUT", "everyday", "held_out", "held_out_in"]

FILES = ("photos-train.npz", "detection-train.npz", "imagenette-train.npz")
SHORT, LONG = 160, 256
"""The longest sides of a photograph that is kept: more is shrunk, then cut in the middle."""
VALIDATION, HELD_OUT = 1000, 2000
"""Photographs for choosing the best step, and those that no training sees."""


@cache
def everyday(data: Path) -> tuple[Photographs, Photographs]:
    """All photographs of the three files but those kept from training, in one fixed shuffle: those to learn from, and those
    of the validation part. Labels are -1.

    Raises:
        AnalysisError: a file is not there.
    """
    every = [_small(picture) for file in FILES for picture in decoded(data / file)]
    learn, validation, _ = (
        Photographs([every[at] for at in part], np.full(len(part), -1)) for part in _parts(len(every))
    )
    return learn, validation


def held_out_in(data: Path) -> int:
    """How many photographs no training sees.

    Raises:
        AnalysisError: a file is not there.
    """
    return len(_parts(sum(count_in(data / file) for file in FILES))[2])


def held_out(data: Path, chosen: range) -> list[np.ndarray]:
    """Some of the photographs that no training sees; no other is decoded.

    Raises:
        AnalysisError: a file is not there.
    """
    ends = np.cumsum([count_in(data / file) for file in FILES])
    wanted = _parts(int(ends[-1]))[2][chosen.start : chosen.stop]
    found: dict[int, np.ndarray] = {}
    for file, first, end in zip(FILES, [0, *ends], ends, strict=False):
        inside = wanted[(first <= wanted) & (wanted < end)]
        found |= zip(
            inside.tolist(), map(_small, decoded(data / file, (inside - first).tolist())), strict=True
        )
    return [found[at] for at in wanted.tolist()]


def _parts(count: int) -> list[np.ndarray]:
    """What is learnt from, the validation part and what is kept from training, in the fixed shuffle."""
    order = np.random.default_rng(0).permutation(count)
    return np.split(order, [count - HELD_OUT - VALIDATION, count - HELD_OUT])


def _small(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = SHORT / min(height, width)
    if scale < 1:
        size = round(width * scale), round(height * scale)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    top, left = (max(0, side - LONG) // 2 for side in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + LONG, left : left + LONG])
