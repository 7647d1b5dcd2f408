"""The rows of a sweep, however it was stopped on the way."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from explorer.analysis.rollout import rollout
from explorer.errors import ControlError
from explorer.images import Picture
from explorer.sweep.engines import LocalEngine
from explorer.sweep.pictures import pictures_of
from explorer.sweep.plan import plan
from explorer.sweep.read import broken, dataset
from explorer.sweep.run import Share, run
from explorer.sweep.table import units_of
from explorer.tap import observe
from explorer.zoo import load
from tests.sweep.here import OVER, WHAT, killed, same_to_the_bit, table


def command(folder: Path, out: Path, *more: str) -> list[str]:
    over = [f"{name}={values}" for name, values in OVER.items()]
    return [
        *(sys.executable, "-m", "explorer", "sweep", WHAT, "--pictures", str(folder), "--over", *over),
        *("--out", str(out), *more),
    ]


def test_rows_are_what_the_analysis_gives_for_each_picture_and_setting(folder: Path, tmp_path: Path):
    out = tmp_path / "out"
    assert run(plan(WHAT, pictures_of(str(folder)), OVER, maps=True), str(out), LocalEngine(1))
    rows = pd.read_parquet(out)
    assert sorted(rows["row"]) == list(range(23 * 3))
    vit = load("vit-128", device="cpu")
    row = rows[(rows["picture"] == "others/cat.png") & (rows["depth"] == 2)].iloc[0]
    picture = Picture.from_file(folder / "others" / "cat.png")
    expected = rollout(observe(vit, vit.see(picture))).row(1)
    np.testing.assert_allclose(row["map rollout"], expected, atol=1e-6)
    assert row["class"] == "others"
    assert row["digest"] == picture.digest
    assert units_of(pq.read_schema(out / "part-000000.parquet"))["width"] == "px"
    recipe = json.loads((out / "_recipe.json").read_text())
    assert recipe["models"] == {"vit-128": vit.checkpoint}


def test_a_broken_picture_is_a_row_with_its_sentence_for_each_setting(folder: Path, tmp_path: Path):
    for path in folder.rglob("*.png"):  # a whole shard of broken ones, which alone has no columns of numbers
        if path.parent.name == "animals" and path.stem not in ("rocket", "retina"):
            path.write_bytes(b"broken")
    out = tmp_path / "out"
    run(plan(WHAT, pictures_of(str(folder)), OVER), str(out), LocalEngine(1))
    number = '"mean cosine between tokens\' rows"'
    counts = duckdb.sql(
        f"select count(*), count(error), count({number}) from read_parquet('{out}/*.parquet')"
    ).fetchall()[0]
    assert counts[0] == 23 * 3
    assert counts[1] == sum(counts[0] - value for value in counts[2:]) > 12
    said = duckdb.sql(
        f"select distinct error from '{out}/*.parquet' where picture like '%broken%'"
    ).fetchall()
    assert len(said) == 1
    assert said[0][0].endswith(".")


def test_killed_at_any_moment_the_same_command_ends_with_the_same_rows(folder: Path, tmp_path: Path):
    out, undisturbed = tmp_path / "out", tmp_path / "undisturbed"
    run(plan(WHAT, pictures_of(str(folder)), OVER), str(undisturbed), LocalEngine(1))
    killed(command(folder, out, "--workers", "2"), when=lambda: list(out.glob("*.parquet")))
    written = {file.name: file.read_bytes() for file in out.glob("*.parquet")}
    assert 0 < len(written) < 6
    done = subprocess.run(command(folder, out, "--workers", "1"), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "69 rows" in done.stdout
    assert "3 of them with a sentence" in done.stdout
    assert all((out / name).read_bytes() == data for name, data in written.items())
    assert same_to_the_bit(table(out), table(undisturbed))


def test_a_full_disk_ends_it_with_a_sentence_and_it_goes_on_later(folder: Path, tmp_path: Path):
    out, undisturbed = tmp_path / "out", tmp_path / "undisturbed"
    small = 3000  # bytes: the recipe is less, a shard more
    done = subprocess.run(
        command(folder, out, "--workers", "1"),
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (small, small)),
    )
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert "cannot be written" in said
    assert "Traceback" not in done.stderr
    assert {file.name for file in out.iterdir()} == {"_recipe.json"}
    sweep = plan(WHAT, pictures_of(str(folder)), OVER)
    run(sweep, str(out), LocalEngine(1))
    run(sweep, str(undisturbed), LocalEngine(1))
    assert same_to_the_bit(table(out), table(undisturbed))


def test_shares_of_several_computers_make_the_whole_and_an_address_is_as_good_as_a_folder(
    folder: Path, tmp_path: Path
):
    sweep = plan(WHAT, pictures_of(str(folder)), {**OVER, "depth": "1"})
    place = "memory://a-bucket/run"
    seen: list[tuple[int, bool]] = []
    for share in ("1/2", "2/2"):
        complete = run(
            sweep,
            place,
            LocalEngine(1),
            share=Share.read(share),
            on_progress=lambda *done: seen.append(done),
        )
        assert complete == (share == "2/2")
    assert sum(count for count, _ in seen) == 23
    run(sweep, str(tmp_path / "alone"), LocalEngine(1))
    assert same_to_the_bit(dataset(place).to_table().sort_by("row"), table(tmp_path / "alone"))
    assert broken(place) == 1


def test_another_sweep_is_not_mixed_in(folder: Path, tmp_path: Path):
    out = tmp_path / "out"
    run(plan(WHAT, pictures_of(str(folder)), {**OVER, "depth": "1"}), str(out), LocalEngine(1))
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    with pytest.raises(ControlError, match="other pictures or settings"):
        run(plan(WHAT, pictures_of(str(folder)), {**OVER, "depth": "2"}), str(out), LocalEngine(1))
    with pytest.raises(ControlError, match="another figure"):
        run(plan("collapse", pictures_of(str(folder)), {"model": "vit-128"}), str(out), LocalEngine(1))
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
