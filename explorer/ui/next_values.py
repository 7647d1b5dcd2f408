"""What a visitor probably looks at next is drawn while nobody waits: then it is there at once.

A lecturer walks through layers, heads and rows, one after the other, then through the tabs, and looks at each. While he
looks, one thread of low priority draws the panels of the open tab for the values beside those that are set, then those of the
other tabs, into the memory that all visitors share. It stops where a page is run, unless that page needs just what it is drawing, and rests while many visitors are busy.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.memory import wanted
from explorer.settings import settings
from explorer.ui import panel as panels
from explorer.ui import warm
from explorer.ui.lens import prepare, prepared
from explorer.ui.progress import session, within_bounds
from explorer.views.controls import Control, controls_of, resolve
from explorer.views.panel import Panel
from explorer.views.scope import Scope
from explorer.views.values import Value
from explorer.views.view import View
from explorer.work import be_nice

__all__ = ["draw_ahead", "next_values"]

LOG = logging.getLogger(__name__)
NICENESS = 15
"""Of the thread: whatever else the machine does goes first."""
SETTLE = 0.2
"""Seconds without a page being run after which nobody is taken to wait."""
LOOK = 0.03
"""Seconds between two looks at whether a page is run."""
GRACE = 0.4
"""Seconds for which what is being drawn waits for a page that is run, which may turn out to need it."""
LEAST, MOST = 0.02, 3.0
"""Seconds that a panel took last time: what takes less need not be ahead, and what takes more would come too late. One that
takes twice as long here is given up, once and for all."""
ENOUGH = 8.0
"""Seconds of drawing for one page that is looked at."""
FEW, RECENTLY = 4, 10.0
"""Visitors for whom it is worth it, and the seconds within which they have done something. With more of them there is always
somebody who would have to wait a little."""
BEFORE = "controls before"
"""The session's key of the view that was run last, and of its controls."""


@dataclass(frozen=True)
class _Page:
    """What a visitor looks at."""

    view: View
    controls: Any
    scope: Scope
    before: Any
    session: str


class _NeededElsewhereError(BaseException):
    """Ends a drawing: a page is run that does not need it. No failure, so that who asks for it now draws it himself."""


def draw_ahead(view: View, controls: Any, scope: Scope) -> None:
    """This page has been run to its end: what its sliders may be set to next is drawn once nobody waits.

    Where a page's program runs without a server, as in a test, nothing is."""
    last, before = st.session_state.get(BEFORE, ("", None))
    st.session_state[BEFORE] = view.name, controls
    if warm.serves() and settings().draw_ahead:
        _thread().show(_Page(view, controls, scope, before if last == view.name else controls, session()))


def next_values(view: View, controls: Any, scope: Scope, before: Any) -> list[tuple[str, Value]]:
    """The sliders of the open tab, each with a value beside that which is set, the most probable first: one step on in the
    direction in which one was moved just `before`; then a step of each to where it has more room; then one back."""
    on, back = list[tuple[str, Value]](), list[tuple[str, Value]]()
    for control in controls_of(view.controls):
        if control.kind not in ("whole", "real") or not control.concerns(controls):
            continue
        value = getattr(controls, control.name)
        moved = value - getattr(before, control.name)
        beside = _beside(control, value, scope, forward=moved > 0 if moved else None)
        found = [(control.name, each) for each in beside]
        if moved:
            on[:0] = found[:1]
        else:
            on += found[:1]
        back += found[1:]
    return on + back


def _beside(control: Control, value: float, scope: Scope, *, forward: bool | None) -> list[Value]:
    """The values beside this one, forward first or back first, or the side first where there is more room."""
    known, step = control.resolved(scope), control.step or 1
    low, high = known.low, known.high
    if low is None or high is None:
        return []
    if forward is None:
        forward = high - value >= value - low
    sides = (value + step, value - step) if forward else (value - step, value + step)
    inside = [round(each, 10) for each in sides if low <= round(each, 10) <= high]
    return [int(each) if control.kind == "whole" else each for each in inside]


class _Thread:
    """Draws for the page that was run last, whosever it is."""

    def __init__(self) -> None:
        self._page: _Page | None = None
        """The one to draw for, until that is done."""
        self._given_up: set[str] = set()
        """Panels that took too long."""
        self._visitors: dict[str, float] = {}
        """When a page was run for each that did something recently."""
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="next values", daemon=True).start()

    def show(self, page: _Page) -> None:
        now = time.monotonic()
        with self._changed:
            recently = {session: at for session, at in self._visitors.items() if now - at < RECENTLY}
            self._visitors = {**recently, page.session: now}
            self._page = page if len(self._visitors) <= FEW else None
            self._changed.notify()

    def _run(self) -> None:
        be_nice(NICENESS)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._page is not None)
                page = self._page
            assert page is not None
            self._draw(page)
            with self._changed:
                if self._page is page:
                    self._page = None
            del page  # what its visitor has uploaded goes when he leaves

    def _draw(self, page: _Page) -> None:
        try:
            self._draw_beside(page)
        except ExplorerError as error:
            LOG.debug("%s: %s", page.view.name, error)
        except Exception:
            LOG.exception("%s could not be drawn ahead", page.view.name)

    def _draw_beside(self, page: _Page) -> None:
        """Draw what is most probable first, until another page is shown or enough is drawn."""
        left, drawings, settled = ENOUGH, _drawings(page), False
        while left > 0:
            while not settled or warm.pages_run():
                settled = _settled()
            if self._page is not page or (drawing := next(drawings, None)) is None:
                return
            name, draw = drawing
            if name in self._given_up:
                continue
            began = time.thread_time()
            try:
                with within_bounds(partial(self._look, page, name, began), every=LOOK):
                    draw()
            except ExplorerError:  # the page will say it, if it comes to that
                pass
            except _NeededElsewhereError:
                settled = False
            left -= time.thread_time() - began

    def _look(self, page: _Page, name: str, began: float) -> None:
        """Go on where a page that is run waits for just this, or where none is run and no other is shown; wait a little
        where one is, then end it."""
        last = time.monotonic() + GRACE
        while not wanted():
            if time.thread_time() - began > 2 * MOST:
                self._given_up.add(name)
                raise _NeededElsewhereError
            if self._page is not page or time.monotonic() >= last:
                raise _NeededElsewhereError
            if not warm.pages_run():
                return
            time.sleep(LOOK)


@cache
def _thread() -> _Thread:
    return _Thread()


def _drawings(page: _Page) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is to be drawn: the name of the panel, and what draws it."""
    view, tab = page.view, getattr(page.controls, "tab", "")
    slow = [
        panel
        for panel in _light(view, tab)
        if panel.lens_for(page.controls, page.scope) or LEAST <= panels.seconds_of(view, panel) <= MOST
    ]
    for name, value in next_values(view, page.controls, page.scope, page.before):
        if concerned := [panel for panel in slow if name in panel.uses]:
            yield from _missing(page, concerned, {name: value})
    names = list(view.tabs)
    at = names.index(tab) if tab else 0
    for other in names[at + 1 :] + names[:at]:
        yield from _missing(page, _light(view, other), {"tab": other})


def _light(view: View, tab: str) -> list[Panel]:
    return [panel for panel in view.panels_on(tab) if not panel.heavy]


def _missing(
    page: _Page, concerned: Sequence[Panel], changed: Mapping[str, Value]
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Of these panels those that are not there with the page's controls but for what is changed. What a lens is sent is
    nobody's own, though the figure of its panel is."""
    view, scope, asked = page.view, page.scope, dict[str, Value]()
    for control in controls_of(view.controls):
        value = getattr(page.controls, control.name)
        # The default of a control of another tab may be known only there.
        if control.concerns(page.controls) or value != control.resolved(scope).default:
            asked[control.name] = value
    scope = scope.with_asked({**asked, **changed})
    controls, refused = resolve(view.controls, scope.raw, scope)
    if refused:
        return
    for panel in concerned:
        name = f"{view.name} {panel.name}"
        if lens := panel.lens_for(controls, scope):
            if not prepared(lens, controls, scope):
                yield name, partial(prepare, lens, controls, scope)
        elif not panel.own and not view.drawn(panel, controls, scope):
            yield name, partial(view.draw, panel, controls, scope)


def _settled() -> bool:
    """Whether nobody waits for a while from now on, and everything is loaded that pages open with."""
    last = time.monotonic() + SETTLE
    while time.monotonic() < last:
        time.sleep(LOOK)
        if warm.pages_run() or warm.loads():
            return False
    return True
