"""Scikit-learn's handwritten digits in the one order that training and tests share: the last are never learnt from."""

from __future__ import annotations

from functools import cache

import numpy as np

from explorer.errors import AnalysisError, ControlError

__all__ = ["HELD_OUT", "held_out_digit", "shuffled_digits"]

HELD_OUT = 360


@cache
def shuffled_digits() -> tuple[np.ndarray, np.ndarray]:
    """All 1,797 digits (N x 8 x 8 x 1, uint8 from 0 to 16) and which they are, shuffled.

    Raises:
        AnalysisError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise AnalysisError("The digits come with scikit-learn", do="pip install scikit-learn") from error
    loaded = load_digits()
    order = np.random.default_rng(0).permutation(len(loaded.images))
    images = loaded.images[order].astype(np.uint8)[..., None]
    images.flags.writeable = False
    return images, loaded.target[order]


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
