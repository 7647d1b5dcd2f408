from pathlib import Path

import pytest

from explorer import fresh
from explorer.fresh import forget, stamp, while_unchanged


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path: Path):
    read: list[str] = []

    @while_unchanged
    def words(path: Path, ending: str = "") -> str:
        read.append(path.read_text())
        return read[-1] + ending

    file = tmp_path / "file"
    file.write_text("one")
    assert [words(file), words(file), words(file, "!"), words(file, ending="?")] == [
        "one",
        "one",
        "one!",
        "one?",
    ]
    assert len(read) == 3
    file.write_text("other")
    assert words(file) == "other"


def test_nobody_looks_twice_within_a_second_unless_told_to_forget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fresh, "LOOKED_AT_EVERY", 3600.0)
    before = stamp(tmp_path)
    (tmp_path / "new").write_text("")
    assert stamp(tmp_path) == before
    forget()
    assert stamp(tmp_path) != before
    assert stamp(tmp_path / "nothing") is None


def test_a_failure_is_not_remembered(tmp_path: Path):
    read = while_unchanged(Path.read_text)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "file")
    (tmp_path / "file").write_text("here")
    assert read(tmp_path / "file") == "here"
