"""Where lessons lie: those that ship, and a lecturer's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from explorer.errors import ExplorerError, LessonError
from explorer.fresh import while_unchanged
from explorer.lessons.lesson import Lesson
from explorer.lessons.reading import LARGEST, read_lesson
from explorer.settings import settings, variable

__all__ = ["SETTING", "folders", "lesson", "lesson_in", "lessons", "names_in"]

SETTING = variable("lessons")
"""Names the folder of a lecturer's own lessons; one that is called as one that ships takes its place."""
SHIPPED = Path(__file__).resolve().parents[2] / "lessons"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def folders() -> tuple[Path, ...]:
    """The lecturer's folder, if there is one, then that of the lessons that ship."""
    own = settings().lessons
    return (*((own,) if own else ()), SHIPPED)


def lessons() -> Mapping[str, Lesson]:
    """Every lesson that can be read, by name; the shelf does not fall because of one bad file."""
    result: dict[str, Lesson] = {}
    for folder in folders():
        for name in names_in(folder):
            if name not in result:
                try:
                    result[name] = lesson_in(folder, name)
                except LessonError:
                    continue
    return result


def lesson(name: str) -> Lesson:
    """The lesson of that name.

    Raises:
        LessonError: there is none, or its file is not as it must be.
    """
    for folder in folders():
        if name in names_in(folder):
            return lesson_in(folder, name)
    raise LessonError(f"There is no lesson called {name[:60]!r}", do=f"choose among {', '.join(lessons())}")


def names_in(folder: Path) -> tuple[str, ...]:
    """The names of the files NAME.md of a folder."""
    return _names(folder)


def lesson_in(folder: Path, name: str) -> Lesson:
    """The lesson of a folder's file NAME.md.

    Raises:
        LessonError: the file cannot be read, or is not as it must be.
    """
    read = _read(folder / f"{name}.md")
    if isinstance(read, ExplorerError):
        raise read
    return read


@while_unchanged
def _names(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        return ()
    return tuple(sorted(file.stem for file in folder.glob("*.md") if NAME.fullmatch(file.stem)))


@while_unchanged
def _read(file: Path) -> Lesson | LessonError:
    """The lesson, or why there is none: a bad file is not read again at every look either."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
        if len(data) > LARGEST:
            return LessonError(f"{file.name} is larger than {LARGEST >> 10} KB")
        return read_lesson(data.decode("utf-8"), file.stem, file=file.name)
    except OSError as error:
        return LessonError(f"{file.name} cannot be read", why=error.strerror or str(error))
    except UnicodeDecodeError:
        return LessonError(f"{file.name} is not UTF-8 text")
    except LessonError as error:
        return error
