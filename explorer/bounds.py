"""What one visitor's computation may take of a machine that others use too: a bound in seconds and in bytes.

The app sets it for the thread that draws a figure. On the command line and in notebooks there is none. What is about to be
done says its estimate by `require`, before it starts; what is being done comes by `check` often, where it can be
ended: too long, cancelled, or its visitor gone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from explorer.errors import ControlError

__all__ = ["TooMuchWork", "bounded", "check", "is_bounded", "project", "require"]

LOOK = 0.2
"""Seconds between two looks at whether the visitor still waits: within one second of a wish, work has ended."""
SURE = 4.0
"""Seconds after which the share that is done says how long the rest takes."""
COMMAND = "`explorer figure` on a machine of your own has no bound"


class TooMuchWork(ControlError):
    """A computation is larger than one visitor may start."""


@dataclass
class _Bound:
    seconds: float
    nbytes: int
    look: Callable[[], None]
    every: float
    looked: float
    began: float
    """In seconds of this thread's work: what it waits for others is not the visitor's."""
    first: tuple[float, float] | None = None
    """When the first share was told, and which."""


_thread = threading.local()


@contextmanager
def bounded(
    seconds: float, nbytes: int, *, look: Callable[[], None] = lambda: None, every: float = LOOK
) -> Iterator[None]:
    """Bound what this thread does. `look` is called from within it, at most `every` so many seconds, and may raise to end
    it."""
    before = getattr(_thread, "bound", None)
    _thread.bound = _Bound(seconds, nbytes, look, every, time.monotonic(), time.thread_time())
    try:
        yield
    finally:
        _thread.bound = before


def is_bounded() -> bool:
    """Whether this thread works for a visitor."""
    return getattr(_thread, "bound", None) is not None


def require(what: str, *, seconds: float, nbytes: int, do: str) -> None:
    """Refuse what is estimated to take more than the bound; nothing where there is none. `do` says what would be within.

    Raises:
        TooMuchWork: it is too much.
    """
    bound: _Bound | None = getattr(_thread, "bound", None)
    if bound is not None and (seconds > bound.seconds or nbytes > bound.nbytes):
        raise TooMuchWork(
            f"{what} would take about {f'{_seconds(seconds)} and ' if seconds else ''}{_bytes(nbytes)}",
            why=f"a visitor's computation may take {_seconds(bound.seconds)} and {_bytes(bound.nbytes)}",
            do=f"{do}; {COMMAND}",
        )


def check() -> None:
    """End the work if it has taken too long or nobody waits for it any more.

    Raises:
        TooMuchWork: it has taken longer than it may; or whatever `look` raises.
    """
    bound: _Bound | None = getattr(_thread, "bound", None)
    if bound is None or (now := time.monotonic()) - bound.looked < bound.every:
        return
    bound.looked = now
    bound.look()
    if time.thread_time() - bound.began > bound.seconds:
        raise TooMuchWork(
            f"This was ended after {_seconds(bound.seconds)}",
            why="a visitor's computation may not take longer",
            do=f"choose less of it, or a smaller model; {COMMAND}",
        )


def project(share: float) -> None:
    """End the work now if the share that is done says that the whole would take too long.

    Raises:
        TooMuchWork: it would.
    """
    bound: _Bound | None = getattr(_thread, "bound", None)
    if bound is None:
        return
    now = time.thread_time()
    bound.first = bound.first or (now, share)  # what is imported and loaded before is no measure of the rest
    taken, done = now - bound.first[0], share - bound.first[1]
    if taken < SURE or done <= 0:
        return
    if (whole := taken / done) > 2 * bound.seconds:
        raise TooMuchWork(
            f"This would take about {_seconds(whole)}",
            why=f"a visitor's computation may take {_seconds(bound.seconds)}",
            do=f"choose about {max(0.01, bound.seconds / whole):.0%} of it, or a smaller model; {COMMAND}",
        )


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120.5 else f"{seconds / 60:.0f} min"


def _bytes(nbytes: int) -> str:
    return f"{nbytes / 1e9:.1f} GB" if nbytes >= 1e8 else f"{nbytes / 1e6:.0f} MB"
