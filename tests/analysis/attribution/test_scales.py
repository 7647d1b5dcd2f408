import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.attribution import on_grid, ranked, shared
from explorer.geometry import Grid


@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 7), st.integers(1, 7))
def test_a_map_on_another_grid_is_the_mean_over_each_cells_area(
    rows: int, columns: int, rows2: int, columns2: int
):
    values = np.random.default_rng(rows * 7 + columns).normal(size=(rows, columns))
    fine = np.kron(values, np.ones((rows2, columns2)))  # every old cell cut into rows2 x columns2
    wanted = fine.reshape(rows2, rows, columns2, columns).mean((1, 3))
    side = Grid(rows, columns, 42, 30), Grid(rows2, columns2, 42, 30)
    np.testing.assert_allclose(on_grid(values, *side), wanted, atol=1e-12)


def test_ranks_count_the_cells_below():
    values = np.array([[3.0, -1.0, 2.0], [2.0, 9.0, 0.0]])
    result = ranked(values)
    for at in np.ndindex(values.shape):
        below, equal = (values < values[at]).sum(), (values == values[at]).sum() - 1
        assert result[at] == pytest.approx((below + equal / 2) / 5)
    assert (ranked(np.zeros((2, 2))) == 0.5).all()


def test_shares_are_times_the_mean_of_what_is_above_zero():
    result = shared(np.array([[1.0, 3.0], [-4.0, 0.0]]))
    np.testing.assert_allclose(result, [[1.0, 3.0], [0.0, 0.0]])
    assert not shared(np.array([[-1.0, 0.0]])).any()
