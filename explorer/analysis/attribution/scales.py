"""Maps of different units made comparable."""

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

__all__ = ["ranked", "shared"]

Map = Float[np.ndarray, "rows columns"]


def ranked(values: Map) -> Map:
    """For each cell its percentile rank: the share of the other cells with a smaller value, of equal ones half; 0 to 1."""
    return (rankdata(values).reshape(values.shape) - 1) / max(values.size - 1, 1)


def shared(values: Map) -> Map:
    """What is above 0, in units of its mean over the cells; 0 everywhere where nothing is."""
    positive = np.maximum(values, 0.0)
    return positive / positive.mean() if positive.any() else positive
