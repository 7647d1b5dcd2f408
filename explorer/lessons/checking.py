"""What a step leads to: its view opened as it says, its figure, and the answer that the figure's numbers give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.errors import ExplorerError, LessonError
from explorer.lessons.expressions import holds
from explorer.lessons.lesson import Lesson, Step
from explorer.views import view as view_named
from explorer.views.controls import read
from explorer.views.scope import Scope, find_picture, open_scope
from explorer.views.view import Panel, View

if TYPE_CHECKING:
    from explorer.images import Picture

__all__ = ["Opened", "open_step", "raw_controls", "right_answer", "troubles"]

TAB = "tab"
"""The control that chooses a view's tab."""


@dataclass(frozen=True)
class Opened:
    """A step's view and panel, with every control as the step says."""

    view: View
    panel: Panel
    controls: Any
    scope: Scope


def open_step(
    step: Step, pictures: Callable[[str], Picture] = find_picture, *, strict: bool = True
) -> Opened:
    """The view of a step; only with `strict` are models downloaded that are not here.

    Raises:
        ExplorerError: there is no such view, tab, panel or control, or a control cannot be so.
    """
    view, raw = view_named(step.view), raw_controls(step)
    panel = view.panel(step.panel)
    scope, refused = open_scope(view.controls, raw, pictures, strict=strict)
    if refused:
        raise LessonError(refused[0])
    return Opened(view, panel, read(view.controls, {**raw, **scope.chosen}, scope), scope)


def raw_controls(step: Step) -> dict[str, str]:
    """Every control that the step sets, its tab included, as the view's address says them.

    Raises:
        ExplorerError: there is no such view or panel, or the panel stands on another tab.
    """
    stands = view_named(step.view).panel(step.panel).tab
    if stands and step.tab not in ("", stands):
        raise LessonError(f"The figure {step.panel!r} stands on the tab {stands!r}, not on {step.tab!r}")
    tab = step.tab or stands
    return {**step.controls, **({TAB: tab} if tab else {})}


def right_answer(step: Step, opened: Opened) -> str:
    """The answer that the figure's own numbers give.

    Raises:
        ExplorerError: the step asks nothing, its figure cannot be drawn, or not exactly one answer is right.
    """
    if step.question is None:
        raise LessonError(f"The step {step.heading!r} asks nothing")
    data = opened.view.draw(opened.panel, opened.controls, opened.scope).data
    right = [answer for answer in step.question.answers if holds(answer.condition, data)]
    if len(right) != 1:
        message = " and ".join(f"{answer.text!r}" for answer in right) or "no answer"
        raise LessonError(
            f"Of the answers to {step.question.text!r}, {message} is right by the figure's numbers"
        )
    return right[0].text


def troubles(lesson: Lesson) -> Iterator[str]:
    """One sentence for each step that does not lead where it says, with the file and the line."""
    for step in lesson.steps:
        try:
            opened = open_step(step)
            if step.question is not None:
                right_answer(step, opened)
        except ExplorerError as error:
            yield f"{lesson.file}, line {step.line}: {error}"
