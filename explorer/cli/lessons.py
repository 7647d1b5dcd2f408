"""`explorer check lessons`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from explorer.errors import LessonError

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    check = commands.add_parser("check", help="check that every step of every lesson leads where it says")
    check.add_argument("what", choices=["lessons"], metavar="lessons")
    check.add_argument(
        "--lessons",
        type=Path,
        metavar="DIR",
        help="the folder to check; default: those that ship and that of EXPLORER_LESSONS",
    )
    check.set_defaults(run=_check)


def _check(asked: argparse.Namespace) -> None:
    from explorer.lessons.checking import troubles
    from explorer.lessons.shelf import folders, lesson_in, names_in

    result: list[str] = []
    places = (asked.lessons,) if asked.lessons else folders()
    names = [(folder, name) for folder in places for name in names_in(folder)]
    if not names:
        raise LessonError(f"There is no lesson in {places[0]}", do="`explorer new lesson NAME` writes one")
    for folder, name in names:
        try:
            lesson = lesson_in(folder, name)
        except LessonError as error:
            result.append(str(error))
            continue
        wrong = list(troubles(lesson))
        result += wrong
        if not wrong:
            asking = sum(step.question is not None for step in lesson.steps)
            print(f"{folder / name}.md: {len(lesson.steps)} steps, {asking} questions, all right")
    if result:
        print("\n".join(result), file=sys.stderr)
        raise LessonError(f"{len(result)} {'fault was' if len(result) == 1 else 'faults were'} found")
