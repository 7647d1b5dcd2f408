"""What a visitor sees while a figure is computed: how much is done, how long the rest takes, and a button that ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer import metrics
from explorer.bounds import LOOK, bounded, check, project
from explorer.errors import ControlError
from explorer.rates import Rate
from explorer.settings import settings
from explorer.work import PLACES

__all__ = ["Progress", "allow_heavy", "session", "time_left", "within_bounds"]

WIDTH = 160
"""Pixels; beside the title, so that nothing moves when it comes and goes."""
SOON = 2.0
"""Seconds after which what is computed can be cancelled: a button that comes and goes at once disturbs."""
CANCELLED = "cancelled figures"
HEAVY = Rate(lambda: settings().heavy_per_minute)


class Progress:
    """The progress of one figure, in the place beside its title."""

    def __init__(self, name: str, status: DeltaGenerator) -> None:
        self.name, self.status = name, status
        self._began = time.monotonic()
        self._share: float | None = None
        self._places: tuple[DeltaGenerator, DeltaGenerator] | None = None
        self._controls = ""
        self._cancellable = False

    def begin(self, controls: Any) -> None:
        """The figure is computed, with these controls."""
        self._controls = repr(controls)
        row = self.status.container(
            horizontal=True,
            vertical_alignment="center",
            gap="small",
            width="content",
            key=f"progress of {self.name}",
        )
        self._places = row.empty(), row.empty()

    def wait(self, place: int) -> None:
        """The visitor waits for a place of computation."""
        self._draw(0.0, f"Waiting: place {place} in the queue")

    def tell(self, share: float) -> None:
        """That share is done. However often that is said, it is drawn a few times a second: the browser, which makes the
        whole page anew for it, may have to share its core with the computation."""
        PLACES.report()
        project(share)
        self._share = share
        check()

    def look(self) -> None:
        """Draw it again. Streamlit ends the script from here if the visitor pressed a button, or left.

        Called in the middle of anything, so it waits for nothing: `PLACES.report` could, with a lock held.
        """
        done = f"{self._share:.0%} done{time_left(self._share, self.seconds)}" if self._share else "Computing"
        self._draw(self._share or 0.0, done)

    def cancelled(self, controls: Any) -> bool:
        """Whether the visitor cancelled this figure with these controls; then that is said, with a way back."""
        if st.session_state.get(CANCELLED, {}).get(self.name) != repr(controls):
            return False
        st.info("Cancelled.", icon=":material/cancel:")
        st.button("Compute it", key=f"again {self.name}", on_click=self._forget)
        return True

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def _draw(self, share: float, text: str) -> None:
        if self._places is None:
            return
        bar, button = self._places
        bar.progress(min(max(share, 0.0), 1.0), text, width=WIDTH)
        if self.seconds >= SOON and not self._cancellable:
            self._cancellable = True
            button.button("Cancel", key=f"cancel {self.name}", on_click=self._cancel, type="tertiary")

    def _cancel(self) -> None:
        metrics.add("explorer_cancelled_total")
        st.session_state.setdefault(CANCELLED, {})[self.name] = self._controls

    def _forget(self) -> None:
        st.session_state.get(CANCELLED, {}).pop(self.name, None)


def allow_heavy() -> None:
    """Count a heavy computation that this session starts.

    Raises:
        ControlError: it has started too many within a minute.
    """
    if wait := HEAVY.wait(session()):
        metrics.add("explorer_refused_total", what="heavy")
        raise ControlError(
            f"More than {settings().heavy_per_minute} heavy computations were started within a minute",
            why="others compute here too",
            do=f"wait {wait:.0f} s, then try again",
        )


def session() -> str:
    """The visitor's, whose page is run."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


@contextmanager
def within_bounds(look: Callable[[], None] = lambda: None, *, every: float = LOOK) -> Iterator[None]:
    """What the settings allow one visitor, for what is inside; it can be ended between any two operations of torch, where
    `look` is called `every` so many seconds."""
    from explorer.zoo.interruptible import Interruptible

    allowed = settings()
    with bounded(allowed.work_seconds, allowed.work_bytes, look=look, every=every), Interruptible():
        yield


def time_left(share: float, seconds: float) -> str:
    """How much longer work takes of which that share was done in so many seconds; nothing while it is a guess."""
    if share < 0.05 or seconds < 1:
        return ""
    left = seconds * (1 - share) / share
    return f", about {left:.0f} s left" if left < 90 else f", about {left / 60:.0f} min left"
