"""Bits per dimension picture by picture; and an experiment that is killed and goes on."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from explorer.analysis.generation import surprises
from explorer.data.pixels import digits
from explorer.errors import ControlError
from explorer.experiments.generation import BITS, Likelihood, measure
from explorer.sweep.engines import LocalEngine
from explorer.sweep.measurement import here, kept
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


def test_killed_in_the_middle_it_goes_on_and_ends_with_the_same_rows(tmp_path: Path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "explorer", "measure", "generation", "--device", "cpu", "--workers", "1"]
    started = subprocess.Popen([*command, "--out", str(out)], stderr=subprocess.DEVNULL)
    while not list(out.glob("*.parquet")) and started.poll() is None:
        time.sleep(0.01)
    started.send_signal(signal.SIGKILL)
    assert started.wait() == -signal.SIGKILL
    written = {file.name: file.read_bytes() for file in out.glob("*.parquet")}
    assert 0 < len(written) < 8
    told = []
    likelihood = Likelihood(models=(MODEL,), data=None, pictures=360, device="cpu")
    rows = kept(LocalEngine(1), str(out), on_progress=lambda *done: told.append(done))
    bits = rows(likelihood)[MODEL][BITS]
    assert told[0] == (50 * len(written), 360, True)
    assert sum(count for count, _, _ in told) == 360
    assert all((out / name).read_bytes() == data for name, data in written.items())
    np.testing.assert_array_equal(bits, here(likelihood)[MODEL][BITS])
    assert json.loads((out / "_recipe.json").read_text())["options"]["pictures"] == 360


def test_rows_of_other_options_are_not_taken_for_these(tmp_path: Path):
    rows = kept(LocalEngine(1), str(tmp_path))
    rows(Likelihood(models=(MODEL,), data=None, pictures=1, device="cpu"))
    with pytest.raises(ControlError, match="the rows of other options"):
        rows(Likelihood(models=(MODEL,), data=None, pictures=2, device="cpu"))
    with pytest.raises(ControlError, match="nothing to measure"):
        rows(Likelihood(models=(MODEL,), data=None, pictures=0, device="cpu"))
