"""Costs: the peak is that of tensors alive together, exponents are those of known powers."""

import numpy as np
import pytest
import torch

from explorer.models.attention_layers.catalogue import FUSED, Sizes, build
from explorer.timing.layer_cost import exponent, layer_cost
from explorer.timing.peak_memory import PeakMemory

SIZES = Sizes(features=4, heads=1, key=4, kernel=3, longest=64)


def test_the_peak_is_of_tensors_that_live_together():
    x = torch.zeros(1000)
    with PeakMemory() as memory:
        a = x + 1  # 4 kB
        b = (a + 1).view(10, 100)  # 8 kB
        del a
        c = b + 1  # 8 kB
        del b
        assert memory.now == 4000
        d = torch.cat([c.ravel(), c.ravel()])  # 12 kB
        x.add_(1)  # in place: nothing new
        assert d.shape == (2000,)
        assert memory.now == 12000
    assert memory.peak == 12000


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
def test_exponents_are_against_the_number_of_cells(power):
    sides = np.array([8, 16, 32, 64, 128])
    values = 3.0 * (sides.astype(float) ** 2) ** power
    values[:2] = 1e9  # below the fitted range
    assert exponent(sides, values) == pytest.approx(power)
    values[4] = np.nan
    assert exponent(sides, values) == pytest.approx(power)
    values[3] = np.nan
    assert np.isnan(exponent(sides, values))


def test_peaks_and_operations_grow_as_they_must():
    result = {
        name: layer_cost(build(name, SIZES), 4, sides=(32, 64)).exponents()
        for name in ("convolution", "stand-alone", "axial", "global", FUSED)
    }
    assert result["convolution"]["flops"] == pytest.approx(1)
    assert result["stand-alone"]["flops"] == pytest.approx(1)
    assert result["convolution"]["peak"] == pytest.approx(1, abs=0.05)
    assert result["stand-alone"]["peak"] == pytest.approx(1, abs=0.05)
    assert 1.1 < result["axial"]["peak"] < 1.55
    assert 1.3 < result["axial"]["flops"] < 1.5
    assert result["global"]["peak"] == pytest.approx(2, abs=0.1)
    assert result["global"]["flops"] == pytest.approx(2, abs=0.05)
    assert result[FUSED]["peak"] == pytest.approx(1, abs=0.1)
    assert result[FUSED]["flops"] == result["global"]["flops"]


def test_what_would_not_fit_is_not_measured():
    heard = []
    result = layer_cost(build("global", SIZES), 4, sides=(8, 32), most=1 << 20, on_progress=heard.append)
    assert np.isfinite(result.milliseconds[0])
    assert result.milliseconds[0] > 0
    assert np.isnan(result.milliseconds[1])
    assert np.isnan(result.peak[1])
    assert heard == [0.5, 1]
    assert result.held[1] > 4 * 32**4
