"""The lens on a page: its files go to the browser once, what is shown goes back and forth on clicks and keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.errors import ExplorerError
from explorer.frontend.page import BUNDLE
from explorer.ui.background import Background
from explorer.ui.progress import Progress, within_bounds
from explorer.ui.state import key_of
from explorer.views.controls import controls_of
from explorer.views.lens import File, Lens
from explorer.views.scope import Scope
from explorer.views.terms import help_of
from explorer.views.view import View
from explorer.work import PLACES

__all__ = ["lens", "prepare", "prepared", "set_by_lens"]

HEIGHT = "clamp(440px, calc(100dvh - 162px), 1100px)"
"""So that at a projector's 720 pixels the lens and its controls are all in sight."""
LOOK = 2.0
"""Seconds between two looks at what is made in the background."""

SHOW = """
globalThis.explorerLens ??= Promise.withResolvers();
export default function (component) {
  let gone = false, leave;
  globalThis.explorerLens.promise.then((show) => { if (!gone) leave = show(component); });
  return () => { gone = true; leave?.(); };
}
"""
"""Goes with every run, since what is shown changes. The lens's code comes with its files, which Streamlit sends once."""


@st.cache_resource
def _components() -> tuple[Any, Any]:
    """What takes a file, and what shows it."""
    component = st.components.v2.component
    take = component("explorer_lens_file", js=BUNDLE.read_text(encoding="utf-8"))
    return take, component("explorer_lens", js=SHOW)


@st.cache_resource
def _background() -> Background:
    return Background()


def lens(
    view: View,
    lens: Lens,
    controls: Any,
    scope: Scope,
    status: DeltaGenerator,
    later: list[Callable[[], None]] | None = None,
    *,
    fills: bool = False,
) -> None:
    """The view's lens, set to its controls, and setting them. The progress of what it needs at once is told in `status`;
    `later` takes what is done when the page is there. It `fills` what holds it, or leaves room for the page."""
    key = f"lens {view.name}"
    try:
        files = lens.files(controls, scope)
        now = _needed(files)
        made = _made_at_once(Progress(key, status), now, controls, scope)
        if made is None:
            return
        state, fixed = lens.state(controls, scope), lens.fixed(controls, scope)
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")
        return
    revision = (st.session_state.get(key) or {}).get("shown", {}).get("revision", 0)

    def told() -> None:
        try:
            values = lens.controls(st.session_state[key]["shown"], controls, scope)
        except ExplorerError:  # not from our lens
            return
        for control in controls_of(view.controls):
            if control.name in values:
                st.session_state[key_of(view, control)] = values[control.name]

    for number, data in enumerate(made):
        _send(f"{key} {number}", data)
    _, show = _components()
    show(
        key=key,
        data={
            "view": lens.view,
            "files": [file.name for file in files],
            "needed": len(now),
            "state": state,
            "fixed": fixed,
            "help": {
                label: help_of(control)
                for label, name in lens.labels.items()
                for control in controls_of(view.controls)
                if control.name == name
            },
            "revision": revision,
            "height": "100cqh" if fills else HEIGHT,
            "fills": fills,
        },
        on_shown_change=told,
    )
    if rest := files[len(now) :]:
        send = partial(_send_rest, st.container(), key, rest, scope)
        send() if later is None else later.append(send)


def set_by_lens(view: View, controls: Any, scope: Scope) -> frozenset[str]:
    """The controls that the open tab's lens sets itself; none where it has no lens."""
    tab = getattr(controls, "tab", "")
    try:
        return frozenset().union(
            *(
                lens.sets(controls, scope)
                for panel in view.panels_on(tab)
                if (lens := panel.lens_for(controls, scope))
            )
        )
    except ExplorerError:  # the lens will say it
        return frozenset()


def prepare(lens: Lens, controls: Any, scope: Scope) -> None:
    """Make what the lens needs at once, so that it is there when the page is opened."""
    for file in _needed(lens.files(controls, scope)):
        _made(file, scope)
    lens.state(controls, scope)
    lens.fixed(controls, scope)


def prepared(lens: Lens, controls: Any, scope: Scope) -> bool:
    """Whether the files are there that the lens needs at once."""
    return _there(_needed(lens.files(controls, scope)), scope)


def _needed(files: Sequence[File]) -> list[File]:
    """At once."""
    return [file for file in files if file.when == "now"]


def _there(files: Sequence[File], scope: Scope) -> bool:
    return all(scope.remembers(("lens", file.name)) for file in files)


def _send(key: str, data: bytes) -> None:
    take, _ = _components()
    take(key=f"file of {key}", data=data)


def _made_at_once(
    progress: Progress, files: Sequence[File], controls: Any, scope: Scope
) -> list[bytes] | None:
    """None where the visitor has cancelled it."""
    if _there(files, scope):
        return [_made(file, scope) for file in files]
    if progress.cancelled(controls):
        return None
    progress.begin(controls)
    scope.progress = progress.tell
    try:
        with PLACES.telling(progress.wait), within_bounds(progress.look):
            return [_made(file, scope) for file in files]
    finally:
        progress.status.empty()


def _made(file: File, scope: Scope, *arguments: Any) -> bytes:
    return scope.remember(("lens", file.name), lambda: file.make(*arguments))


def _send_rest(place: Any, key: str, files: Sequence[File], scope: Scope) -> None:
    with place:
        for file in files:
            if file.when == "later":
                try:
                    with within_bounds():
                        data = _made(file, scope)
                    _send(f"{key} {file.name}", data)
                except ExplorerError as error:
                    st.warning(str(error), icon=":material/error:")
        if background := [file for file in files if file.when == "background"]:
            waiting = any(not scope.remembers(("lens", file.name)) for file in background)
            st.fragment(_send_made, run_every=LOOK if waiting else None)(key, background, scope, waiting)


def _send_made(key: str, files: Sequence[File], scope: Scope, waiting: bool) -> None:
    """Send what is made, and have the next one made: one at a time, so that no visitor fills the queue."""
    missing = []
    for file in files:
        if scope.remembers(("lens", file.name)):
            _send(f"{key} {file.name}", _made(file, scope))
        else:
            missing.append(file)
    for file in missing:
        trouble = _background().ask(file.name, partial(_made, file, scope))
        if not trouble:
            return
        st.caption(trouble)
    if waiting:
        st.rerun()  # only a run of the whole page stops the clock
