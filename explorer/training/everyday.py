"""Everyday photographs in memory: without labels, with boxes, and Imagenette's, for what learns from a teacher."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from explorer.errors import AnalysisError
from explorer.training.imagenette import Photographs

__all__ = ["FILES", "HELD_OUT", "decoded", "everyday"]

FILES = ("photos-train.npz", "detection-train.npz", "imagenette-train.npz")
SHORT, LONG = 160, 256
"""The longest sides of a photograph that is kept: more is shrunk, then cut in the middle."""
VALIDATION, HELD_OUT = 1000, 2000
"""Photographs for choosing the best step, and those that no training sees."""


def decoded(path: Path) -> list[np.ndarray]:
    """The photographs of a file of encoded pictures: height x width x 3, RGB, uint8, of many shapes.

    Raises:
        AnalysisError: the file is not there.
    """
    if not path.is_file():
        raise AnalysisError(
            f"There is no {path.name}", why=f"{path.parent} has no such file", do="see the README, Data"
        )
    with np.load(path) as file:
        data, offsets = file["bytes"], file["offsets"]
    # OpenCV decodes outside of Python's lock.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda at: _picture(data[at[0] : at[1]]), pairwise(offsets)))


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


def _picture(encoded: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB)


def _small(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = SHORT / min(height, width)
    if scale < 1:
        size = round(width * scale), round(height * scale)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    top, left = (max(0, side - LONG) // 2 for side in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + LONG, left : left + LONG])
