import numpy as np
import pytest

from explorer.analysis.rollout import rollout
from explorer.errors import ControlError
from explorer.geometry import Cell, Frame
from tests.analysis.written_out import layout, observed, random_maps
from tests.figures.drawn import heatmaps

TOKENS = layout(3, 4, cell=(16, 16))
PHOTO = np.zeros((96, 256, 3), np.uint8)
FRAME = Frame.fit((96, 256), (48, 64), how="crop")


@pytest.fixture
def result():
    return rollout(observed(random_maps(14, 2, 2, 13), TOKENS), query=Cell(0, 1))


def test_the_map_is_the_row_after_that_layer(result):
    drawn = heatmaps(result.figure(picture=PHOTO, frame=FRAME, layer=4, sample=1))[0]
    np.testing.assert_allclose(drawn.z, result.rows[1, 4, 1:].reshape(3, 4), rtol=1e-6)
    assert (drawn.x[0], drawn.x[-1]) == (64, 192)


def test_colours_are_chosen_by_the_other_patches(result):
    axis = result.figure(layer=0).layout.coloraxis
    others = np.delete(result.rows[0, 0, 1:], 1)
    assert (axis.cmin, axis.cmax) == (pytest.approx(others.min()), pytest.approx(others.max()))
    assert result.rows[0, 0, 2] > axis.cmax


def test_a_layer_that_is_not_there_is_refused(result):
    with pytest.raises(ControlError):
        result.figure(layer=14)


def test_the_curves_are_the_results_own(result):
    figure = result.collapsing.figure(layer=3)
    collapse, sums = figure.data
    np.testing.assert_array_equal(collapse.y, result.collapse[0])
    assert list(collapse.x) == list(range(1, 15))
    assert (np.array(sums.y) >= result.row_sum_error[0]).all()
