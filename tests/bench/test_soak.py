"""The slope of the soak is that of a line fitted by another library."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.bench.soak import slope


@given(st.lists(st.floats(0, 1e5), min_size=2, max_size=60))
def test_the_slope_is_that_of_the_fitted_line(megabytes: list[float]):
    fitted = np.polyfit(np.arange(len(megabytes)) / 60, megabytes, 1)[0]
    assert slope(megabytes) == pytest.approx(fitted, rel=1e-6, abs=1e-3)


def test_one_minute_has_no_slope():
    assert slope([3.0]) == slope([]) == 0.0
