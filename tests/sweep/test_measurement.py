"""An experiment that is killed in the middle ends with the values and rows of one that was not."""

import json
import subprocess
import sys
from pathlib import Path

from explorer.experiments.positions import measure
from explorer.sweep.engines import LocalEngine
from explorer.sweep.measurement import kept
from tests.sweep.here import killed, same_to_the_bit, table


def test_killed_at_any_moment_the_same_command_ends_with_the_same_values_and_rows(tmp_path: Path):
    out, undisturbed = tmp_path / "out", tmp_path / "undisturbed"
    values = measure(seeds=1, count=240, rows=kept(LocalEngine(1), str(undisturbed)))["values"]
    command = [*(sys.executable, "-m", "explorer", "measure", "positions", "--seeds", "1", "--count", "240")]
    command += ["--json", "--out", str(out), "--workers"]
    killed([*command, "2"], when=lambda: list(out.glob("*.parquet")))
    written = {file.name: file.read_bytes() for file in out.glob("*.parquet")}
    assert 0 < len(written) < 12
    done = subprocess.run([*command, "1"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["values"] == values
    assert all((out / name).read_bytes() == data for name, data in written.items())
    assert table(out)["row"].to_pylist() == list(range(6 * 240))
    assert same_to_the_bit(table(out), table(undisturbed))
    told = []
    rows = kept(LocalEngine(1), str(out), on_progress=lambda *done: told.append(done))
    assert measure(seeds=1, count=240, rows=rows)["values"] == values
    assert told == [(6 * 240, 6 * 240, True)]  # nothing is computed again
