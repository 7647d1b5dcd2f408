"""The command line: the same figures and numbers without a browser, and errors in one line."""

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.cli import main


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    try:
        status = main([str(word) for word in words])
    except SystemExit as stop:
        status = int(stop.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def test_models_are_listed(capsys):
    status, out, _ = run(capsys, "models", "--json")
    names = {row["name"]: row for row in json.loads(out)}
    assert status == 0
    assert {"cnn", "vit"} <= set(names)
    assert names["cnn"]["parameters"] < 4e6


@pytest.mark.parametrize(("name", "size"), [("vgg16", 212), ("resnet18", 435), ("resnet50", 427)])
def test_published_receptive_fields_are_measured(capsys, name, size):
    status, out, _ = run(capsys, "measure", "receptive-field", "--model", name, "--json")
    found = json.loads(out)
    assert status == 0
    assert set(found) >= {"experiment", "values", "unit", "model", "checkpoint", "data", "device", "seconds"}
    assert found["values"]["last feature layer"] == size


def test_a_figure_is_written_with_its_data_and_recipe(capsys, tmp_path: Path):
    files = [tmp_path / f"figure.{form}" for form in ("npz", "json", "html")]
    status, _, err = run(
        capsys, "figure", "vision-transformer", "--panel", "rollout", "--image", "coffee", "--discard", 0.5,
        "--fusion", "max", "--device", "cpu", "--out", *files,
    )  # fmt: skip
    assert status == 0, err
    with np.load(files[0]) as data:
        assert data["rollout"].sum() == pytest.approx(1, abs=1e-5)
    recipe = json.loads(files[1].read_text())
    assert recipe["controls"]["discard"] == 0.5
    assert recipe["figure"] == "rollout"
    assert "max over heads, discard 0.5" in err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("figure", "nothing", "--out", "a.png"), 2, "invalid choice"),
        (("figure", "vision-transformer", "--layer", "99", "--out", "a.npz"), 2, "1 to 6"),
        (("figure", "vision-transformer", "--panel", "nothing", "--out", "a.npz"), 2, "no figure called"),
        (("figure", "vision-transformer", "--out", "a.docx"), 2, "names no format"),
        (("figure", "vision-transformer", "--image", "no/such.png", "--out", "a.npz"), 1, "no file"),
        (("figure", "vision-transformer", "--model", "vit_small_patch16_224", "--out", "a.npz"), 1, "explorer fetch"),
        (("measure", "nothing"), 2, "invalid choice"),
        (("measure", "receptive-field", "--model", "no_such_model"), 1, "no model called"),
        (("train", "nothing", "--data", "."), 2, "no recipe called"),
    ],
)  # fmt: skip
def test_errors_are_one_line(capsys, words, status, said):
    found, out, err = run(capsys, *words)
    assert (found, out) == (status, "")
    assert said in err
    assert err.count("\n") == 1


def test_help_says_ranges_and_units(capsys):
    status, out, _ = run(capsys, "figure", "vision-transformer", "--help")
    assert status == 0
    assert "0 to 0.95" in out
    assert "--residual" in out
