import numpy as np
import torch

from explorer.analysis.long_range import InputGradient, cost
from explorer.figures.long_range import accuracy_figure, gradients_figure
from explorer.figures.sequence_cost import costs_figure
from explorer.zoo.sequence_models import build_recall


def test_gradients_share_one_logarithmic_axis_and_rounding_is_faint():
    lengths = np.array([0.0, 0.0, 1e-12, 0.5, 1.0], np.float32)
    figure = gradients_figure([InputGradient(lengths, 0, 0, 3, 2.0, "CNN")])
    assert figure.layout.yaxis.type == "log"
    clear, faint = figure.data
    np.testing.assert_array_equal(np.isnan(np.asarray(clear.y, float)), [True, True, True, False, False])
    np.testing.assert_array_equal(np.isnan(np.asarray(faint.y, float)), [True, True, False, True, True])
    assert "0 beyond 2" in clear.name
    assert list(clear.x) == [4, 3, 2, 1, 0]


def test_the_band_holds_every_seed():
    shares = np.array([[1.0, 0.5], [0.8, 0.7], [0.9, 0.3]])
    band, curve = accuracy_figure([1, 256], {"RNN": shares}).data
    np.testing.assert_allclose(band.y, [1.0, 0.7, 0.3, 0.8])
    np.testing.assert_allclose(curve.y, [0.9, 0.5])


def test_a_path_that_does_not_exist_has_no_point():
    torch.manual_seed(0)
    costs = {"CNN": [cost(build_recall("cnn"), length) for length in (8, 4096)]}
    curve = next(each for each in costs_figure(costs).data if each.xaxis == "x2")
    assert curve.y[0] == 4
    assert np.isnan(curve.y[1])
