"""Scikit-learn's handwritten digits in the one order that training and tests share: the last are never learnt from."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.errors import AnalysisError, ControlError

__all__ = ["HELD_OUT", "digit_input", "held_out_digit", "held_out_inputs", "shuffled_digits"]

HELD_OUT = 360


@cache
def shuffled_digits() -> tuple[np.ndarray, np.ndarray]:
    """All 1,797 digits (N x 8 x 8 x 1, uint8 from 0 to 16) and which they are, shuffled.

    Raises:
        AnalysisError: scikit-learn is not installed.
    """
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise AnalysisError(
            "The digits come with scikit-learn", do="install it with `pip install scikit-learn`"
        )
    # Its file is read without importing it, which would take seconds of a page's first visit.
    with gzip.open(Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz", "rt") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.int64)
    rows = rows[np.random.default_rng(0).permutation(len(rows))]
    images = rows[:, :-1].reshape(-1, 8, 8, 1).astype(np.uint8)
    images.flags.writeable = False
    return images, rows[:, -1]


def held_out_digit(number: int) -> tuple[np.ndarray, int]:
    """A digit that no model has learnt from, 8 x 8 x 1, and which it is.

    Raises:
        ControlError: there is no such digit.
        AnalysisError: scikit-learn is not installed.
    """
    if not 1 <= number <= HELD_OUT:
        raise ControlError(f"There is no held-out digit {number}", do=f"choose 1 to {HELD_OUT}")
    images, labels = shuffled_digits()
    at = len(images) - HELD_OUT + number - 1
    return images[at].astype(np.int64), int(labels[at])


def digit_input(number: int) -> tuple[Tensor, int]:
    """A held-out digit as the small vision transformers' input, 1 x 1 x 8 x 8 from −1 to 1, and its class."""
    values, label = held_out_digit(number)
    return torch.from_numpy(values / 8.0 - 1.0).float().permute(2, 0, 1)[None], label


@cache
def held_out_inputs(count: int) -> tuple[Tensor, Tensor]:
    """The first so many of them, and their classes."""
    inputs, labels = zip(*map(digit_input, range(1, count + 1)), strict=True)
    return torch.cat(inputs), torch.tensor(labels)
