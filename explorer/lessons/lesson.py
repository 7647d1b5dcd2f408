"""What a lesson is: steps that each open a view, speak of one of its figures, and may ask about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["LEVELS", "Answer", "Lesson", "Question", "Step"]

LEVELS = ("introductory", "intermediate", "advanced")


@dataclass(frozen=True)
class Answer:
    """One of the answers offered, and the condition over the figure's arrays under which it is the right one."""

    text: str
    condition: str
    line: int


@dataclass(frozen=True)
class Question:
    """What is asked before the figure is shown."""

    text: str
    answers: tuple[Answer, ...]
    explanation: str = ""
    """Shown with the figure, once an answer is chosen."""


@dataclass(frozen=True)
class Step:
    """A view with its controls set, and what is said of one of its figures."""

    heading: str
    text: str
    view: str
    panel: str
    line: int
    tab: str = ""
    """Empty where the panel stands on one tab only."""
    controls: Mapping[str, str] = field(default_factory=dict)
    """As the app's address writes them; the others have their defaults."""
    question: Question | None = None


@dataclass(frozen=True)
class Lesson:
    """A lesson, as its file says it."""

    name: str
    title: str
    minutes: int
    level: str
    source: str
    steps: tuple[Step, ...]
    file: str
