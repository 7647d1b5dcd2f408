"""The README says what was measured, of the checkpoints that ship, and nothing else."""

import json
from pathlib import Path

import pytest

from explorer.cli import evidence, main
from explorer.cli.claims import HEADLINES
from explorer.errors import ExplorerError
from explorer.zoo.cards import card_names, folder, read_card

ROOT = Path(__file__).resolve().parents[2]
MEASURED = json.loads((folder() / "measured.json").read_text(encoding="utf-8"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The two files that hold tables."""
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/evidence.md"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def test_the_files_hold_the_tables_of_today(copy: Path):
    assert not evidence.write_tables(copy), "run `explorer evidence`"
    readme, page = ((copy / name).read_text(encoding="utf-8") for name in ("README.md", "docs/evidence.md"))
    headlines = [
        line
        for line in readme.splitlines()
        if (line.endswith("` |") and "`measure " in line) or "`bench " in line
    ]
    assert len(headlines) == len(HEADLINES)
    assert set(headlines) < set(page.splitlines())


def test_a_number_that_is_old_is_written_anew(copy: Path):
    page = copy / "docs" / "evidence.md"
    page.write_text(page.read_text(encoding="utf-8").replace("| 427 px |", "| 426 px |"), encoding="utf-8")
    assert evidence.write_tables(copy)
    assert page.read_text(encoding="utf-8") == (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")


def test_no_result_is_of_a_checkpoint_that_is_gone():
    assert evidence.stale() == []


def test_every_command_kept_is_one_that_the_command_line_knows(capsys):
    for command in MEASURED:
        with pytest.raises(SystemExit) as stop:
            main([*command.split(), "--help"])
        assert stop.value.code == 0
    capsys.readouterr()


def test_the_table_repeats_the_numbers_that_were_kept(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    evidence.keep(
        evidence.words_of(["measure", "receptive-field", "--model", "resnet50", "--json", "--keep"]),
        {"values": {"last feature layer": 7}},
    )
    assert "| 7 px | `measure receptive-field --model resnet50` |" in evidence.table()
    evidence.keep("measure receptive-field --model resnet50", {"values": {"last feature layer": 8}})
    assert "| 8 px |" in evidence.table()
    assert "| 7 px |" not in evidence.table()


def test_paths_of_data_are_not_kept():
    assert (
        evidence.words_of(["measure", "accuracy", "--data", "/some/where"]) == "measure accuracy --data DATA"
    )


def test_what_computes_is_not_kept():
    words = ["measure", "scramble", "--workers", "2", "--engine", "ray", "--out", "runs/a", "--tiles", "1"]
    assert evidence.words_of(words) == "measure scramble --tiles 1"


def test_a_file_without_a_place_is_refused(copy: Path):
    (copy / "README.md").write_text("nothing")
    with pytest.raises(ExplorerError, match="no place for the evidence"):
        evidence.write_tables(copy)


def test_a_card_and_the_kept_measurement_agree():
    for name in card_names():
        kept = MEASURED.get(f"measure accuracy --model {name} --data DATA")
        if kept:
            assert read_card(name).figures["accuracy"].value == pytest.approx(
                kept["values"]["accuracy"], abs=1e-4
            )
