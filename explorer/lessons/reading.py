"""A lesson's Markdown file read: front matter, then steps. Every error names the file and the line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import yaml

from explorer.errors import LessonError
from explorer.lessons.expressions import check
from explorer.lessons.lesson import LEVELS, Answer, Lesson, Question, Step

__all__ = ["LARGEST", "read_lesson"]

LARGEST = 1 << 17
"""Bytes of a file."""
ANSWERS = (2, 4)
HEAD = {"title": str, "minutes": int, "level": str, "source": str}
STEP = {
    "view": str,
    "panel": str,
    "tab": str,
    "controls": str,
    "question": str,
    "answers": dict,
    "explanation": str,
}
KINDS = {str: "a text", int: "a whole number", dict: "a list of ANSWER: CONDITION"}


@dataclass(frozen=True)
class Place:
    """A file and a line of it, for errors."""

    file: str
    line: int

    def error(self, what: str, *, why: str = "", do: str = "") -> LessonError:
        return LessonError(f"{self.file}, line {self.line}: {what}", why=why, do=do)


def read_lesson(text: str, name: str, *, file: str = "") -> Lesson:
    """The lesson that the text of `NAME.md` says.

    Raises:
        LessonError: it is not of the form that `docs/lessons.md` describes; with the file and the line.
    """
    file = file or f"{name}.md"
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in (rest := [line.strip() for line in lines[1:]]):
        raise Place(file, 1).error("there is no front matter", do="begin with title, minutes, level, source")
    end = rest.index("---") + 1
    head = _fields(lines[1:end], Place(file, 2), HEAD, needed=tuple(HEAD))
    if head["level"][0] not in LEVELS:
        raise head["level"][1].error(
            f"the level cannot be {head['level'][0]!r}", do=f"choose among {', '.join(LEVELS)}"
        )
    steps = tuple(_step(*section, file) for section in _sections(lines, end + 1, file))
    if not steps:
        raise Place(file, len(lines)).error("there is no step", do="begin each step with ## and its heading")
    title, minutes, level, source = (head[item][0] for item in HEAD)
    return Lesson(name, title, minutes, level, source, steps, file)


def _sections(lines: list[str], first: int, file: str) -> list[tuple[str, int, list[str]]]:
    """Heading, line number and lines of each step; lines count from 1."""
    result: list[tuple[str, int, list[str]]] = []
    for number, line in enumerate(lines[first:], first + 1):
        if line.startswith("## "):
            result.append((line[3:].strip(), number, []))
        elif result:
            result[-1][2].append(line)
        elif line.strip():
            raise Place(file, number).error(
                "this stands before the first step", do="begin with ## and a heading"
            )
    return result


def _step(heading: str, line: int, lines: list[str], file: str) -> Step:
    here = Place(file, line)
    opened = [at for at, item in enumerate(lines) if item.strip() == "```yaml"]
    if len(opened) != 1 or "```" not in (rest := [item.strip() for item in lines[opened[0] + 1 :]]):
        raise here.error(f"the step {heading!r} needs one block ```yaml … ```", why="it says view and panel")
    first = opened[0] + 1
    end = first + rest.index("```")
    message = _fields(lines[first:end], Place(file, line + first + 1), STEP, needed=("view", "panel"))
    sentences = "\n".join([*lines[: opened[0]], *lines[end + 1 :]]).strip()
    if not heading or not sentences:
        raise here.error("a step needs a heading and at least one sentence")

    def of(name: str) -> str:
        return message[name][0] if name in message else ""

    return Step(
        heading,
        sentences,
        of("view"),
        of("panel"),
        line,
        of("tab"),
        _controls(message.get("controls")),
        _question(message),
    )


def _controls(said: tuple[Any, Place] | None) -> Mapping[str, str]:
    """The controls as the app's address writes them: `layer=2&head=1`."""
    if said is None:
        return {}
    try:
        pairs = parse_qsl(said[0], keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise said[1].error(f"the controls {said[0]!r} cannot be read", do="write layer=2&head=1") from None
    if len(dict(pairs)) < len(pairs):
        raise said[1].error("a control is set twice")
    return dict(pairs)


def _question(said: Mapping[str, tuple[Any, Place]]) -> Question | None:
    names = {"question", "answers", "explanation"} & set(said)
    if not names:
        return None
    if not {"question", "answers"} <= names:
        raise said[min(names)][1].error("a question needs both `question` and `answers`")
    answers, place = said["answers"]
    least, most = ANSWERS
    if not least <= len(answers) <= most:
        raise place.error(f"a question has {least} to {most} answers", why=f"this one has {len(answers)}")
    read = []
    for text, (condition, there) in answers.items():
        try:
            check(condition)
        except LessonError as error:
            raise there.error(error.what, why=error.why, do=error.do) from error
        read.append(Answer(text, condition, there.line))
    explanation = said["explanation"][0] if "explanation" in said else ""
    return Question(said["question"][0], tuple(read), explanation)


def _fields(
    lines: list[str], first: Place, kinds: Mapping[str, type], *, needed: tuple[str, ...]
) -> dict[str, tuple[Any, Place]]:
    """The fields of a block of YAML, each with its place."""
    result: dict[str, tuple[Any, Place]] = {}
    for name, node, place in _pairs(_tree("\n".join(lines), first), first):
        if name not in kinds:
            raise place.error(f"there is no field called {name!r}", do=f"choose among {', '.join(kinds)}")
        if name in result:
            raise place.error(f"{name} is said twice")
        result[name] = _as(kinds[name], name, node, place, first), place
    for name in needed:
        if name not in result:
            raise first.error(f"{name} is missing")
    return result


def _as(kind: type, name: str, node: yaml.Node, place: Place, first: Place) -> Any:
    if kind is dict and isinstance(node, yaml.MappingNode):
        answers = {text: (_text(inner), there) for text, inner, there in _pairs(node, first)}
        if len(answers) == len(node.value) and all(message for message, _ in answers.values()):
            return answers
    elif kind is int and re.fullmatch(r"[1-9]\d{0,2}", _text(node)):
        return int(_text(node))
    elif kind is str and (text := _text(node)):
        return text
    raise place.error(f"{name} is not {KINDS[kind]}")


def _text(node: yaml.Node) -> str:
    return node.value.strip() if isinstance(node, yaml.ScalarNode) else ""


def _tree(text: str, first: Place) -> yaml.Node | None:
    try:
        return yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        there = Place(first.file, first.line + (mark.line if mark else 0))
        raise there.error("this is no YAML", why=str(getattr(error, "problem", "") or "")) from error


def _pairs(node: yaml.Node | None, first: Place) -> list[tuple[str, yaml.Node, Place]]:
    """Names and values of a mapping, each with its place; `first` is that of the block's first line."""
    if not isinstance(node, yaml.MappingNode):
        raise first.error("this block says no NAME: VALUE")
    return [
        (_text(key), value, Place(first.file, first.line + key.start_mark.line)) for key, value in node.value
    ]
