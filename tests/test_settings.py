"""Settings: the environment before the file before the default; a wrong one is one line."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from explorer.errors import ControlError
from explorer.fresh import forget
from explorer.settings import FILE, Settings, check_names, settings, sources, variable
from tests.cli.test_cli import run


@pytest.fixture
def file(monkeypatch, tmp_path: Path) -> Path:
    for each in dataclasses.fields(Settings):
        monkeypatch.delenv(variable(each.name), raising=False)
    monkeypatch.setenv(FILE, str(tmp_path / "settings.toml"))
    (tmp_path / "settings.toml").touch()
    return tmp_path / "settings.toml"


def test_the_environment_goes_before_the_file_before_the_default(file: Path, monkeypatch):
    file.write_text('work_seconds = 5\nreport_count = 7\nword_models = ["/a", "/b"]\nmetrics = false\n')
    monkeypatch.setenv("EXPLORER_REPORT_COUNT", "9")
    now = settings()
    assert (now.work_seconds, now.report_count, now.metrics) == (5.0, 9, False)
    assert now.word_models == (Path("/a"), Path("/b"))
    assert now.report_days == 30.0
    assert sources()["work_seconds"] == str(file)
    assert sources()["report_count"] == "EXPLORER_REPORT_COUNT"
    assert sources()["report_days"] == "default"


def test_a_changed_file_is_read_again(file: Path):
    file.write_text("work_seconds = 5")
    assert settings().work_seconds == 5
    file.write_text("work_seconds = 60")
    forget()
    assert settings().work_seconds == 60


WRONG = [
    ("work_seconds", "soon"),
    ("work_seconds", "0"),
    ("work_seconds", "nan"),
    ("work_seconds", "inf"),
    ("report_count", "1.5"),
    ("report_count", "9" * 5000),
    ("report_count", "-1"),
    ("metrics", "perhaps"),
    ("frame_ancestors", "'self'; script-src *"),
    ("frame_ancestors", "a\r\nSet-Cookie: b"),
    ("reports", "a\x7fb"),
    ("hub_endpoint", "not an address"),
    ("hub_offline", "perhaps"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_one_line_that_says_where(file: Path, monkeypatch, name: str, value: str):
    monkeypatch.setenv(variable(name), value)
    with pytest.raises(ControlError) as error:
        settings()
    assert str(error.value).startswith(variable(name))
    assert len(str(error.value)) < 300
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("work_seconds = 'x'", "work_seconds in settings.toml"),
        ("work_seconds = true", "work_seconds in settings.toml"),
        ("word_models = 3", "word_models in settings.toml"),
        ("reports = 3", "Reports in settings.toml"),
        ("nothing = 1", "no setting"),
        ("[table]\nwork_seconds = 1", "no setting"),
        ("work_seconds =", "no TOML"),
    ],
)
def test_a_wrong_file_is_one_line(file: Path, text: str, said: str):
    file.write_text(text)
    forget()
    with pytest.raises(ControlError, match=said) as error:
        settings()
    assert "\n" not in str(error.value)


def test_a_name_that_was_meant_to_be_a_setting_is_refused(file: Path, monkeypatch):
    check_names()
    monkeypatch.setenv("EXPLORER_REPORT", "/srv")
    with pytest.raises(ControlError, match="nearest is EXPLORER_REPORTS"):
        check_names()


def test_the_command_lists_every_setting(file: Path, capsys, monkeypatch):
    monkeypatch.setenv("EXPLORER_WORK_SECONDS", "33")
    status, out, _ = run(capsys, "settings", "--json")
    assert status == 0
    assert set(json.loads(out)) == {each.name for each in dataclasses.fields(Settings)}
    assert json.loads(out)["work_seconds"] == {"value": 33.0, "source": "EXPLORER_WORK_SECONDS"}
    status, out, _ = run(capsys, "settings")
    assert all(variable(each.name) in out for each in dataclasses.fields(Settings))
    monkeypatch.setenv("EXPLORER_WORK_SECONDS", "soon")
    status, _, err = run(capsys, "settings")
    assert (status, err.count("\n")) == (2, 1)


def test_what_the_hub_s_library_reads_is_read_by_its_names(file: Path, monkeypatch):
    file.write_text('hub_endpoint = "http://mirror"\nhub_offline = true\n')
    assert (settings().hub_endpoint, settings().hub_offline) == ("http://mirror", True)
    monkeypatch.setenv("HF_ENDPOINT", "http://other")
    monkeypatch.setenv("HF_HUB_OFFLINE", "NO")
    assert (settings().hub_endpoint, settings().hub_offline) == ("http://other", False)
    monkeypatch.setenv("HF_ENDPOINT", "")  # as not set
    assert settings().hub_endpoint == "http://mirror"


def test_nothing_else_reads_the_environment():
    """But to hand all of it on to a process of ours, and the bench's own page, which is handed its folder so."""
    reads = re.compile(r"getenv|environ\.get|environ\[[^\]]+\](?! = )")
    found = [
        f"{path.name}: {line.strip()}"
        for path in Path("explorer").rglob("*.py")
        for line in path.read_text().splitlines()
        if reads.search(line) and path.name not in ("settings.py", "bare_page.py")
    ]
    assert found == []
