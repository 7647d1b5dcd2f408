"""Pictures as values, for the models that write pictures: digits, Fashion-MNIST and CIFAR-10.

Every set is one fixed shuffle; the last part of what is learnt from is kept for choosing the best step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from explorer.data.digits import HELD_OUT, shuffled_digits
from explorer.errors import AnalysisError
from explorer.models.palette import levels_palette

__all__ = ["DIGITS", "FASHION", "FILES", "NATURAL", "Pictures", "digits", "fashion", "halved", "natural"]

FILES = ("fashion.npz", "cifar10.npz")

DIGITS = tuple(str(digit) for digit in range(10))
FASHION = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
NATURAL = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures as values (N x height x width x channels, uint8) and their labels, to learn from and for tests."""

    learn: np.ndarray
    learn_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray
    classes: tuple[str, ...]
    name: str


@cache
def digits() -> Pictures:
    """scikit-learn's 1,797 handwritten digits, 8 x 8, grey levels 0 … 16; 360 of them for tests.

    Raises:
        AnalysisError: scikit-learn is not installed.
    """
    images, labels = shuffled_digits()
    return Pictures(
        images[:-HELD_OUT],
        labels[:-HELD_OUT],
        images[-HELD_OUT:],
        labels[-HELD_OUT:],
        DIGITS,
        "scikit-learn's digits",
    )


@cache
def fashion(data: Path, levels: int = 16) -> Pictures:
    """Fashion-MNIST, 28 x 28, its 256 grey levels in `levels` equal parts: 60,000 pictures and 10,000."""
    with np.load(_at_hand(data / FILES[0])) as file:
        learn, test = (
            levels_palette(levels, 1).nearest(
                np.repeat(file[f"{part}_images"].reshape(-1, 28)[..., None], 3, -1)
            )
            for part in ("train", "test")
        )
        return Pictures(
            learn.astype(np.uint8).reshape(-1, 28, 28, 1),
            file["train_labels"],
            test.astype(np.uint8).reshape(-1, 28, 28, 1),
            file["test_labels"],
            FASHION,
            "Fashion-MNIST",
        )


@cache
def natural(data: Path, side: int = 32) -> Pictures:
    """CIFAR-10, side x side, red, green and blue from 0 to 255; smaller sides are means over squares of pixels."""
    with np.load(_at_hand(data / FILES[1])) as file:
        learn, test = (
            _decoded(file[f"{part}_bytes"], file[f"{part}_offsets"], side) for part in ("train", "test")
        )
        return Pictures(learn, file["train_labels"], test, file["test_labels"], NATURAL, "CIFAR-10")


def halved(pictures: np.ndarray, times: int) -> np.ndarray:
    """Pictures N x height x width x channels with sides divided by `times`: means over squares of pixels."""
    count, height, width, channels = pictures.shape
    squares = pictures.reshape(count, height // times, times, width // times, times, channels)
    return np.rint(squares.mean((2, 4), dtype=np.float32)).astype(np.uint8)


def _decoded(data: np.ndarray, offsets: np.ndarray, side: int) -> np.ndarray:
    pictures = np.stack(
        [cv2.imdecode(data[start:end], cv2.IMREAD_COLOR)[..., ::-1] for start, end in pairwise(offsets)]
    )
    return pictures if side == 32 else halved(pictures, 32 // side)


def _at_hand(path: Path) -> Path:
    if not path.is_file():
        raise AnalysisError(
            f"There is no {path.name}", why=f"{path.parent} has no such file", do="see the README, Data"
        )
    return path
