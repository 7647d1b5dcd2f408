"""A lesson's file: what it says is read, and what is wrong is one sentence with the file and the line."""

from pathlib import Path

import pytest

from explorer.errors import LessonError
from explorer.lessons import read_lesson
from explorer.lessons.shelf import SETTING, lesson, lessons
from explorer.lessons.template import new_lesson

GOOD = """---
title: A title
minutes: 12
level: introductory
source: Somebody 2020
---

## First

Some **sentences**.

```yaml
view: self-attention
panel: look
controls: layer=2&sentence=the+robots+are+cool
```

## Second

More: with a colon.

```yaml
view: self-attention
tab: look
panel: heads
question: Which?
answers:
  This: argmax(weights[0]) == 1
  "No: that": argmax(weights[0]) != 1
explanation: Because.
```
"""


def test_everything_that_the_file_says_is_read():
    read = read_lesson(GOOD, "name")
    assert (read.name, read.title, read.minutes, read.level, read.source) == (
        "name",
        "A title",
        12,
        "introductory",
        "Somebody 2020",
    )
    first, second = read.steps
    assert (first.heading, first.text, first.view, first.panel) == (
        "First",
        "Some **sentences**.",
        "self-attention",
        "look",
    )
    assert first.controls == {"layer": "2", "sentence": "the robots are cool"}
    assert first.question is None
    assert second.tab == "look"
    assert second.question is not None
    assert [(answer.text, answer.condition) for answer in second.question.answers] == [
        ("This", "argmax(weights[0]) == 1"),
        ("No: that", "argmax(weights[0]) != 1"),
    ]
    assert second.question.explanation == "Because."


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        ("---\ntitle", "title", 1, "front matter"),
        ("minutes: 12\n", "", 2, "minutes is missing"),
        ("minutes: 12", "minutes: many", 3, "whole number"),
        ("minutes: 12", "minutes: 12\nminutes: 13", 4, "said twice"),
        ("introductory", "easy", 4, "choose among introductory"),
        ("source: Somebody 2020", "source: [unclosed", 5, "no YAML"),
        ("source: Somebody 2020", "sauce: x", 5, "no field called 'sauce'"),
        ("## First", "### First", 8, "before the first step"),
        ("Some **sentences**.", "", 8, "at least one sentence"),
        ("```yaml\nview: self-attention\npanel: look", "view: self-attention\npanel: look", 8, "one block"),
        ("panel: look\n", "", 13, "panel is missing"),
        ("controls: layer=2&", "controls: layer&", 15, "cannot be read"),
        ("controls: layer=2&", "controls: layer=2&layer=3&", 15, "set twice"),
        ("question: Which?\n", "", 26, "needs both"),
        ("argmax(weights[0]) == 1", "weights.size == 1", 28, "not allowed"),
        ("argmax(weights[0]) == 1", "", 27, "list of ANSWER"),
        ('  "No: that": argmax(weights[0]) != 1\n', "", 27, "2 to 4 answers"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, line: int, word: str):
    assert GOOD.count(old) == 1
    with pytest.raises(LessonError) as caught:
        read_lesson(GOOD.replace(old, new), "name")
    message = str(caught.value)
    assert f"name.md, line {line}:" in message
    assert word.lower() in message.lower()


def test_a_lecturers_folder_is_found_and_goes_before_what_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shipped = lessons()
    monkeypatch.setenv(SETTING, str(tmp_path))
    assert lessons() == shipped
    new_lesson(tmp_path, "my-own")
    assert lessons().keys() == shipped.keys() | {"my-own"}
    assert lesson("my-own").title == "My own"
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe")
    (tmp_path / "Not a name.md").write_text(GOOD)
    assert lessons().keys() == shipped.keys() | {"my-own"}
    with pytest.raises(LessonError, match="UTF-8"):
        lesson("bad")
    with pytest.raises(LessonError, match="no lesson called"):
        lesson("../pyproject")


def test_a_new_lesson_is_written_once_and_only_under_a_proper_name(tmp_path: Path):
    new_lesson(tmp_path, "mine")
    for name in ("mine", "Mine", "../mine", "", "a" * 61):
        with pytest.raises(LessonError):
            new_lesson(tmp_path, name)
