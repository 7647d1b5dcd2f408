"""What a lecture will need, loaded before it asks: libraries and models in the background, and each page's first figure."""

from __future__ import annotations

import atexit
import gc
import logging
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from streamlit import runtime

from explorer.errors import ExplorerError
from explorer.memory import give_back
from explorer.ui.lens import prepare
from explorer.ui.pictures import find
from explorer.views import VIEWS
from explorer.views.controls import resolve
from explorer.views.scope import Scope, open_scope
from explorer.views.view import View
from explorer.work import be_nice

__all__ = ["loads", "pages_run", "serves", "start", "warm_up"]

LOG = logging.getLogger(__name__)
NAME = "warm up"
NICENESS = 5
"""Of the thread alone: whoever computes for a visitor goes first, and whoever waits for what it loads need not wait for
long on a busy machine."""
AFTER = 1.5
"""Seconds in which the browser fetches what it needs to paint. To load a library holds up every other thread."""
PATIENCE = 10.0
"""Seconds that what comes next waits for pages that are run. A thread of low priority that holds Python's lock holds up
those of high priority, where others keep the processors busy."""


def start() -> None:
    """Begin to load, once a server; where a page's program runs without a server, as in a test, do nothing."""
    if serves():
        _start()


def serves() -> bool:
    """Whether a server runs the page's program."""
    return runtime.exists() and type(runtime.get_instance()) is runtime.Runtime


@cache
def _start() -> None:
    timer = threading.Timer(AFTER, warm_up)
    timer.daemon, timer.name = True, NAME
    timer.start()


def pages_run() -> bool:
    """Whether any visitor's page is run just now."""
    return any(thread.name.startswith("ScriptRunner.") for thread in threading.enumerate())


def loads() -> bool:
    """Whether what pages open with is being loaded."""
    return any(thread.name == NAME for thread in threading.enumerate())


def warm_up() -> None:
    """Load the models that the views open with and draw the first figure of each, in the order of the menu.

    Both go through the memory that the pages use: a visitor who is quicker waits only for what he himself asked
    for, or finds it half done.
    """
    be_nice(NICENESS)
    atexit.register(gc.unfreeze)  # else libraries complain at the end of what they believe leaked
    for view in VIEWS.values():
        _let_pass()
        _try(view, _load)
        _stay()
    for view in VIEWS.values():
        _let_pass()
        _try(view, _draw)
    _stay()


def _let_pass() -> None:
    """Wait until no visitor's page is run, but not for ever."""
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last and pages_run():
        time.sleep(0.05)


def _stay() -> None:
    """Take the libraries and models out of what Python searches for garbage: a million objects that never become any,
    and a search of them stops every visitor for 0.4 s. What loading them took beside goes back to the system."""
    gc.collect()
    gc.freeze()
    give_back()


def _load(view: View) -> tuple[Any, Scope]:
    scope, _ = open_scope(view.controls, {}, find)
    for slot in scope.chosen:
        if slot != "picture":
            scope.checkpoint(slot)
    return resolve(view.controls, scope.chosen, scope)[0], scope


def _draw(view: View) -> None:
    """The first figure alone, or what its lens is sent: all of them would keep the machine busy for a minute."""
    controls, scope = _load(view)
    panel = view.panels_on(controls.tab)[0]
    if lens := panel.lens_for(controls, scope):
        prepare(lens, controls, scope)
    else:
        view.draw(panel, controls, scope)


def _try(view: View, what: Callable[[View], object]) -> None:
    try:
        what(view)
    except (
        ExplorerError
    ) as error:  # a panel of another choice, a model that is not here: the page will say so
        LOG.debug("%s: %s", view.name, error)
    except Exception:
        LOG.exception("%s could not be warmed up", view.name)
