"""Forty seconds of made-up input, and everything that ever failed."""

import json
import os
import subprocess
import sys

from tests.test_layers import ROOT

SECONDS = 40


def test_strangers_input_is_taken_or_refused_in_a_sentence():
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--seconds", str(SECONDS)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-6000:]
    report = json.loads(run.stdout.splitlines()[-1])
    assert report["inputs"] > 100
    assert (report["exceptions"], report["slow"], report["large"]) == (0, 0, 0)
    assert all(
        report["tried"][name] > report["refused"].get(name, 0) for name in ("pictures", "scenes", "lessons")
    )
