"""One command for several pictures or a folder, and numbers as JSON."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer import gallery
from explorer.analysis.rollout import rollout
from explorer.cli.pictures import file_of, references_of, words_of
from explorer.errors import PictureError
from explorer.tap import observe
from explorer.zoo import load
from tests.cli.test_cli import run

ROLLOUT = ("figure", "vision-transformer", "--panel", "rollout", "--device", "cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, a damaged one and a text."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(gallery.picture("coffee").pixels[:200, :200]).save(folder / "a b.PNG")
    Image.fromarray(gallery.picture("rocket").pixels[:200, :200]).save(folder / "c.jpg")
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_each_picture_has_its_own_files(capsys, tmp_path: Path):
    status, out, err = run(capsys, *ROLLOUT, "--image", "cat", "coins", "--out", tmp_path / "r.npz")
    assert status == 0, err
    assert out.split() == [str(tmp_path / "r-cat.npz"), str(tmp_path / "r-coins.npz")]
    vit = load("vit", device="cpu")
    for name in ("cat", "coins"):
        expected = rollout(observe(vit, vit.see(gallery.picture(name))))
        with np.load(tmp_path / f"r-{name}.npz") as data:
            np.testing.assert_allclose(data["rollout"], expected.row(expected.layers[-1]), atol=1e-6)


def test_a_folder_is_its_pictures_and_numbers_come_a_line_each(capsys, folder: Path):
    status, out, err = run(capsys, *ROLLOUT, "--image", folder, "--json", "--out", folder / "r.csv")
    assert status == 0, err
    assert err == ""
    report = [json.loads(line) for line in out.splitlines()]
    assert [message["recipe"]["picture"] for message in report] == ["a b.PNG", "c.jpg"]
    assert [Path(message["files"][0]).name for message in report] == ["r-a-b.csv", "r-c.csv"]
    assert all(Path(message["files"][0]).is_file() for message in report)
    for message in report:
        assert abs(message["numbers"]["largest deviation of a row's sum from 1"]["value"]) < 1e-4
        assert 0 < message["numbers"]["mean cosine between tokens' rows"]["value"] <= 1


def test_a_damaged_picture_is_said_and_the_others_drawn(capsys, folder: Path):
    (folder / "b.png").write_bytes(b"\x89PNG no picture")
    status, out, err = run(capsys, *ROLLOUT, "--image", folder, "--json")
    assert status == 1
    assert len(out.splitlines()) == 2
    damaged, last = err.splitlines()
    assert damaged.startswith("explorer: b.png: ")
    assert "1 of 3 pictures" in last


def test_a_wrong_control_ends_it_at_once(capsys, folder: Path):
    status, out, err = run(capsys, *ROLLOUT, "--image", folder, "--discard", 2, "--json")
    assert (status, out) == (2, "")
    assert "0 to 0.95" in err
    assert err.count("\n") == 1


def test_a_figure_without_a_picture_takes_no_several(capsys):
    status, _, err = run(
        capsys, "figure", "vision-transformer", "--panel", "filters", "--image", "cat", "coins", "--json"
    )
    assert status == 2
    assert "shows no picture" in err


def test_files_of_several_pictures_never_meet():
    words = words_of(["one/cat.png", "two/cat.jpg", "cat", "scene-1", "../a b?.png"])
    assert words == ["cat", "cat-2", "cat-3", "scene-1", "a-b-"]
    assert file_of(Path("out/r.tar.npz"), "cat") == Path("out/r.tar-cat.npz")


def test_a_gallery_name_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat").mkdir()
    (tmp_path / "empty").mkdir()
    assert references_of(["cat", "no/such.png"]) == ["cat", "no/such.png"]
    with pytest.raises(PictureError, match="holds no picture"):
        references_of(["empty"])
