"""How torch's threads wait for each other, which is said before torch is loaded."""

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="GNU's OpenMP comes with torch on Linux")
def test_gnus_openmp_waits_awake_for_a_bounded_time():
    # What this process has set already is not what a fresh one is told.
    ours = {name: value for name, value in os.environ.items() if "OMP_" not in name}
    said = subprocess.run(
        [sys.executable, "-c", "import explorer, torch"],
        env=ours | {"OMP_DISPLAY_ENV": "VERBOSE"},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert "OMP_WAIT_POLICY = 'ACTIVE'" in said
    assert "GOMP_SPINCOUNT = '1000'" in said
