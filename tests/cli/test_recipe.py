"""A figure made again from its recipe holds the same numbers, bit for bit."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image

from explorer import gallery
from explorer.provenance import Provenance
from tests.cli.test_cli import run


def arrays(file: Path) -> dict[str, np.ndarray]:
    with np.load(file, allow_pickle=False) as data:
        return {name: data[name] for name in data.files if name != "explorer"}


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return list(one) == list(other) and all(
        one[name].dtype == other[name].dtype and one[name].tobytes() == other[name].tobytes() for name in one
    )


@pytest.fixture
def made(capsys, tmp_path: Path) -> Path:
    """A rollout of a picture of one's own, with its recipe."""
    Image.fromarray(gallery.picture("coins").pixels[:200, :300]).save(tmp_path / "own.png")
    status, _, err = run(
        capsys, "figure", "vision-transformer", "--panel", "rollout", "--image", tmp_path / "own.png",
        "--discard", 0.35, "--device", "cpu", "--out", tmp_path / "first.npz", tmp_path / "first.json",
    )  # fmt: skip
    assert status == 0, err
    return tmp_path


def test_a_recipe_gives_the_same_data(capsys, made: Path):
    status, _, err = run(
        capsys, "figure", "--recipe", made / "first.json", "--device", "cpu",
        "--out", made / "again.npz", made / "again.json",
    )  # fmt: skip
    assert status == 0, err
    assert same(arrays(made / "first.npz"), arrays(made / "again.npz"))
    first, again = (Provenance.from_json((made / f"{each}.json").read_bytes()) for each in ("first", "again"))
    assert (first.controls, first.models, first.picture_digest) == (
        again.controls,
        again.models,
        again.picture_digest,
    )


def test_another_picture_is_said_and_drawn(capsys, made: Path):
    status, _, err = run(
        capsys, "figure", "--recipe", made / "first.json", "--image", "cat", "--out", made / "cat.npz"
    )
    assert status == 0
    assert "picture is another" in err
    assert not same(arrays(made / "first.npz"), arrays(made / "cat.npz"))


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"view": "nothing"}, 2, "no view called"),
        ({"figure": "nothing"}, 2, "no figure called"),
        ({"controls": {"layer": 99}}, 2, "1 to 12"),
        ({"controls": {"nothing": 1}}, 2, "no control called"),
        ({"controls": {"picture": "upload-0123456789abcdef"}}, 1, "no file"),
        ({"controls": {"picture": "/dev/zero"}}, 1, "is no picture"),
        ({"controls": {"picture": "/"}}, 1, "is no picture"),
        ({"controls": {"picture": "x" * 4000}}, 1, "xx…xx"),
        ({"controls": {"x" * 5000: 1}}, 2, "xx…xx"),
        ({"controls": {"layer": 10**400}}, 2, "1 to 12"),
        (
            {"view": "receptive-field", "figure": "stack", "controls": {"side": 10**39}},
            2,
            "Input side cannot be",
        ),
        ({"view": "image-transformer", "controls": {"samples": "9" * 5000}}, 2, "Samples cannot be"),
        ({"view": "x" * 5000}, 2, "xx…xx"),
        ({"figure": "🙂" * 5000}, 2, "🙂🙂…🙂🙂"),
        ({"over": {"layer": True}}, 1, "Its over is not"),
        ({"explorer": 2}, 1, "no recipe"),
        ({"over": {"layer": "1"}}, 2, "2 to 12"),
        ({"over": {"temperature": "1\n2"}}, 2, "does not depend"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_one_line(capsys, tmp_path: Path, change, status, said):
    recipe = {"explorer": 1, "view": "vision-transformer", "figure": "attention", "controls": {}} | change
    (tmp_path / "r.json").write_text(json.dumps(recipe))
    found, _, err = run(capsys, "figure", "--recipe", tmp_path / "r.json", "--out", tmp_path / "a.npz")
    assert found == status
    assert said in err
    assert err.count("\n") == 1
    assert len(err) < 500


def test_a_pipe_is_no_picture(capsys, tmp_path: Path):
    """Nobody writes into it, so reading it would never end."""
    os.mkfifo(tmp_path / "pipe.png")
    status, _, err = run(
        capsys, "figure", "vision-transformer", "--image", tmp_path / "pipe.png", "--out", tmp_path / "a.npz"
    )
    assert status == 1
    assert "is no picture" in err


def test_neither_view_nor_recipe_is_a_usage_error(capsys):
    status, _, err = run(capsys, "figure")
    assert status == 2
    assert "--recipe FILE" in err


def test_paper_options_reach_the_file(capsys, tmp_path: Path):
    png = tmp_path / "a.png"
    status, _, err = run(
        capsys, "figure", "vision-transformer", "--panel", "attention", "--width-mm", 60, "--dpi", 150,
        "--no-caption", "--colours", "gray", "--device", "cpu", "--out", png,
    )  # fmt: skip
    assert status == 0, err
    with Image.open(png) as image:
        assert abs(image.width - 60 / 25.4 * 150) <= 1
        assert image.info["dpi"][0] == pytest.approx(150, abs=0.5)
    status, _, err = run(capsys, "figure", "vision-transformer", "--dpi", 5000, "--out", png)
    assert (status, err.count("\n")) == (2, 1)


def test_a_grid_holds_each_figure_and_is_remade_from_its_recipe(capsys, tmp_path: Path):
    files = [tmp_path / f"grid.{form}" for form in ("npz", "json", "pdf")]
    common = ("--device", "cpu", "--out")
    status, _, err = run(
        capsys,
        "figure",
        "vision-transformer",
        "--panel",
        "attention",
        "--over",
        "layer=1,4,6",
        *common,
        *files,
    )
    assert status == 0, err
    grid = arrays(files[0])
    for layer in (1, 4, 6):
        alone = tmp_path / "alone.npz"
        run(capsys, "figure", "vision-transformer", "--panel", "attention", "--layer", layer, *common, alone)
        assert arrays(alone)["map"].tobytes() == grid[f"{layer}: map"].tobytes()
    status, _, err = run(capsys, "figure", "--recipe", files[1], *common, tmp_path / "again.npz")
    assert status == 0, err
    assert same(grid, arrays(tmp_path / "again.npz"))
    (page,) = pypdf.PdfReader(io.BytesIO(files[2].read_bytes())).pages
    text = page.extract_text()
    for layer in (1, 4, 6):
        assert f"Layer {layer}" in text
