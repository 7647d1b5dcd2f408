"""Everyday photographs in memory: without labels, with boxes, and Imagenette's, for what learns from a teacher."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from explorer.data.imagenette import Photographs, decoded

__all__ = ["FILES", "HELD_OUT", "everyday"]

FILES = ("photos-train.npz", "detection-train.npz", "imagenette-train.npz")
SHORT, LONG = 160, 256
"""The longest sides of a photograph that is kept: more is shrunk, then cut in the middle."""
VALIDATION, HELD_OUT = 1000, 2000
"""Photographs for choosing the best step, and those that no training sees."""


@cache
def everyday(data: Path) -> tuple[Photographs, Photographs, Photographs]:
    """All photographs of the three files, in one fixed shuffle: those to learn from, those of the validation part,
    and those kept from training. Labels are -1.

    Raises:
        AnalysisError: a file is not there.
    """
    every = [_small(picture) for file in FILES for picture in decoded(data / file)]
    order = np.random.default_rng(0).permutation(len(every))
    parts = np.split(order, [len(every) - HELD_OUT - VALIDATION, len(every) - HELD_OUT])
    learn, validation, held_out = (
        Photographs([every[at] for at in part], np.full(len(part), -1)) for part in parts
    )
    return learn, validation, held_out


def _small(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = SHORT / min(height, width)
    if scale < 1:
        size = round(width * scale), round(height * scale)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    top, left = (max(0, side - LONG) // 2 for side in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + LONG, left : left + LONG])
