"""Places of computation: what is light goes past what is heavy, and what is heavy waits in a queue.

Visitors share one process, and only a few compute at once, the first to come first. What takes long has a place of its
own, of which there is one, and so never holds up what does not.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

__all__ = ["LIGHT", "PLACES", "Places", "be_nice"]

Kind = Literal["light", "heavy"]

LIGHT = 2
"""A forward pass uses every core and much memory: more at once would only slow each other down."""
PATIENCE = 1.0
"""Seconds after which work that is not over counts as heavy."""
LOOK = 0.5
"""Seconds between two words to who waits."""
NICENESS = 10
"""Of a thread whose work is heavy: the system lets others go first."""


class Places:
    """Some places for light and for heavy work. A thread has one at most, and may enter again while it does."""

    def __init__(self, *, light: int = LIGHT, heavy: int = 1) -> None:
        self._free: dict[Kind, int] = {"light": light, "heavy": heavy}
        self._queues: dict[Kind, deque[object]] = {"light": deque(), "heavy": deque()}
        self._changed = threading.Condition()
        self._thread = threading.local()

    @property
    def mine(self) -> Kind | None:
        """The kind of place that this thread has."""
        return getattr(self._thread, "kind", None)

    def waiting(self, kind: Kind) -> int:
        """How many wait for a place of that kind."""
        with self._changed:
            return len(self._queues[kind])

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Wait for a place for light work; a thread that has a place of any kind goes on."""
        if self.mine:
            yield
            return
        self._enter("light")
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def heavy(self) -> Iterator[None]:
        """Wait for a place for heavy work."""
        self._enter("heavy")
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def telling(self, tell: Callable[[int], None]) -> Iterator[None]:
        """What this thread does while it waits for a place: told its place in the queue, from 1, now and then. What it
        raises, as where the visitor has left, ends the wait."""
        self._thread.tell = tell
        try:
            yield
        finally:
            self._thread.tell = None

    def report(self) -> None:
        """Called by work now and then. If it has taken long, it gives its light place to others and waits for a heavy
        one."""
        if self.mine == "light" and time.monotonic() - self._thread.since >= PATIENCE:
            self._leave()
            self._enter("heavy")

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """Let others have this thread's place while it waits for what one of them makes."""
        kind = self.mine
        self._leave()
        try:
            yield
        finally:
            if kind:
                self._enter(kind, first=True)

    def _enter(self, kind: Kind, *, first: bool = False) -> None:
        ticket, queue, tell = object(), self._queues[kind], getattr(self._thread, "tell", None)
        message = kind == "heavy"  # a light place is free in a moment: not worth a word at once
        with self._changed:
            queue.appendleft(ticket) if first else queue.append(ticket)
        try:
            while place := self._take(kind, ticket):
                if tell and message:
                    tell(place)
                message = True
                with self._changed:
                    self._changed.wait_for(
                        lambda place=place: self._place(kind, ticket) != place,  # type: ignore[misc]
                        timeout=LOOK if tell else None,
                    )
        except BaseException:
            with self._changed:
                queue.remove(ticket)
                self._changed.notify_all()
            raise
        self._thread.kind, self._thread.since = kind, time.monotonic()
        if kind == "heavy":
            self._thread.niceness = before = _niceness()
            be_nice(max(before, NICENESS))

    def _leave(self) -> None:
        if (kind := self.mine) is None:
            return
        if kind == "heavy":
            be_nice(self._thread.niceness)
        self._thread.kind = None
        with self._changed:
            self._free[kind] += 1
            self._changed.notify_all()

    def _take(self, kind: Kind, ticket: object) -> int:
        """0 if a place is free and now taken, else the place in the queue."""
        with self._changed:
            place = self._place(kind, ticket)
            if not place:
                self._queues[kind].remove(ticket)
                self._free[kind] -= 1
            return place

    def _place(self, kind: Kind, ticket: object) -> int:
        return max(0, self._queues[kind].index(ticket) + 1 - self._free[kind])


PLACES = Places()
"""Those of the whole process."""


def _niceness() -> int:
    """Of this thread; 0 where threads have none of their own."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) if sys.platform == "linux" else 0


def be_nice(niceness: int) -> None:
    """Lower this thread's priority, where threads have one of their own."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # only root may go back up
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
