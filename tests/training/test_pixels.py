import numpy as np
import pytest
import torch

from explorer.training.pixels import _smaller
from explorer.training.pixels_data import halved


@pytest.mark.parametrize(("side", "times", "channels"), [(8, 2, 3), (12, 4, 1)])
def test_smaller_pictures_are_the_same_wherever_they_are_made(side, times, channels):
    pictures = np.random.default_rng(0).integers(0, 256, (5, side, side, channels), np.uint8)
    np.testing.assert_array_equal(
        _smaller(torch.from_numpy(pictures), times).numpy(), halved(pictures, times)
    )
