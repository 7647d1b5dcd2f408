import numpy as np
import pytest
from sklearn.datasets import load_digits

from explorer.data.digits import HELD_OUT, held_out_digit, shuffled_digits
from explorer.errors import AnalysisError, ControlError


def test_the_digits_are_scikit_learns_in_another_order():
    loaded, (images, labels) = load_digits(), shuffled_digits()
    assert images.shape == (1797, 8, 8, 1)
    order = np.random.default_rng(0).permutation(1797)
    np.testing.assert_array_equal(images[..., 0], loaded.images[order])
    np.testing.assert_array_equal(labels, loaded.target[order])
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 0


def test_held_out_digits_are_the_last():
    images, labels = shuffled_digits()
    for number in (1, HELD_OUT):
        digit, label = held_out_digit(number)
        np.testing.assert_array_equal(digit, images[-HELD_OUT + number - 1])
        assert label == labels[-HELD_OUT + number - 1]
    for number in (0, HELD_OUT + 1):
        with pytest.raises(ControlError, match="1 to 360"):
            held_out_digit(number)


def test_without_scikit_learn_there_are_none(monkeypatch):
    monkeypatch.setattr("explorer.data.digits.find_spec", lambda name: None)
    with pytest.raises(AnalysisError, match="pip install"):
        shuffled_digits.__wrapped__()
