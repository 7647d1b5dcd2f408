"""Bits per dimension picture by picture."""

from pathlib import Path

import numpy as np
import pytest

from explorer.analysis.generation import surprises
from explorer.data.pixels import digits
from explorer.errors import ControlError
from explorer.experiments.generation import BITS, Likelihood, measure
from explorer.sweep.engines import LocalEngine
from explorer.sweep.measurement import kept
from explorer.zoo.pixel_models import load_pixels

MODEL = "pixels-digits"


def test_the_mean_is_that_of_one_picture_after_the_other(monkeypatch):
    module, known = load_pixels(MODEL, device="cpu").module, digits()
    expected = [
        float(surprises(module, known.test[at : at + 1], labels=known.test_labels[at : at + 1]).mean())
        for at in range(7)
    ]
    monkeypatch.setattr(Likelihood, "batch", 3)
    values = measure(model=MODEL, pictures=7, agree=1, device="cpu")["values"]
    assert values[BITS] == pytest.approx(np.mean(expected), abs=1e-4)
    assert values["pictures"] == 7


def test_rows_of_other_options_are_not_taken_for_these(tmp_path: Path):
    rows = kept(LocalEngine(1), str(tmp_path))
    rows(Likelihood(models=(MODEL,), data=None, pictures=1, device="cpu"))
    with pytest.raises(ControlError, match="the rows of other options"):
        rows(Likelihood(models=(MODEL,), data=None, pictures=2, device="cpu"))
    with pytest.raises(ControlError, match="nothing to measure"):
        rows(Likelihood(models=(MODEL,), data=None, pictures=0, device="cpu"))
