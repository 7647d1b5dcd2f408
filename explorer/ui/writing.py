"""The stage on which a picture is written: forward, back, played, and with values put in by hand.

The browser moves through a generation that is small enough to be sent; only a change of the past goes to the server. A
larger one is generated step by step on the server.
"""

from __future__ import annotations

import dataclasses
import time
from functools import partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.export.film import film, still
from explorer.models.edits import Edits
from explorer.ui import lesson
from explorer.ui.page import Page
from explorer.ui.shell import has_text
from explorer.ui.state import key_of, mirror, write_address
from explorer.views.controls import controls_of
from explorer.views.image_transformer.lens import GENERATION
from explorer.views.image_transformer.writing import writer_at

__all__ = ["writing"]

PLAYING, SPEED, LAST = "writing plays", "writing speed", "writing moved at"
TURN, TOGGLED = "writing turn", "writing toggled"
SPEEDS = (2, 10, 50, 200)
SENT = ("canvas", "next", "attention", "paid")
"""The panels that the lens shows in one."""
TICK = 0.5
"""Seconds between two looks at the clock while it plays."""


def writing(page: Page) -> None:
    """Draw the stage."""
    if GENERATION.shows(page.controls, page.scope):
        _sent(page)
    else:
        st.caption(
            "This generation is too large to be sent to the browser: every step is asked of the server."
        )
        _asked(page)


def _sent(page: Page) -> None:
    keys = _keys(page)
    spotlit = lesson.spotlit(page.view)
    first = spotlit if spotlit in SENT else SENT[0]
    others = [name for name in SENT if name != first]
    page.panel(first)
    module, written = page.scope.writer().module, page.controls.written
    left, right = st.columns(2, gap="medium")
    with left:
        if written < module.canvas.values:
            _by_hand(page, keys, module.levels)
        _undo(keys["edits"])
    with right:
        _files(page)
    page.exports(others)
    page.panel("samples")
    if written:
        page.panel("steps")
    for name in others:
        if has_text(f"{page.view.name}/{name}"):
            page.explain(name)


def _keys(page: Page) -> dict[str, str]:
    return {control.name: key_of(page.view, control) for control in controls_of(page.view.controls)}


def _asked(page: Page) -> None:
    """It is a fragment: while it plays, the rest of the page stays as it is and answers."""
    playing = bool(st.session_state.get(PLAYING))
    st.fragment(_stage, run_every=TICK if playing else None)(page.at_once)


def _stage(page: Page) -> None:
    keys = _keys(page)
    module = page.scope.writer().module
    total = module.canvas.values
    playing = bool(st.session_state.get(PLAYING))
    if playing:
        _advance(keys["written"], total)
    written = min(int(st.session_state[keys["written"]]), total)
    _transport(keys["written"], written, total, module.canvas.width * module.canvas.channels, playing)
    _slider(keys["written"], written, total, playing)
    controls = dataclasses.replace(page.controls, written=written, edits=str(st.session_state[keys["edits"]]))
    page = dataclasses.replace(page, controls=controls)
    if not playing:  # each tick would be a step of the browser's history
        write_address(page.view, page.view.address(controls, page.scope))
    done = written == total
    left, right = st.columns(2, gap="medium")
    with left:
        page.panel("canvas", export=not playing)
        if not playing:
            _files(page)
    with right:
        if done:
            st.info("The picture is finished: there is no next value. Step back to see one.")
        else:
            page.panel("next", export=not playing)
        if not done and not playing:
            _by_hand(page, keys, module.levels)
        _undo(keys["edits"])
    if not done:
        page.panel("attention", export=not playing)
    if playing:
        return
    page.panel("samples")
    if written:
        page.panel("paid")
        page.panel("steps")


def _advance(key: str, total: int) -> None:
    """As many values as have come due since the last look; a slow machine writes fewer, not in a burst."""
    speed, now = int(st.session_state.get(SPEED) or SPEEDS[1]), time.monotonic()
    due = int(speed * min(now - st.session_state.get(LAST, now), 2 * TICK + 1 / speed))
    if due:
        st.session_state[LAST] = now
        st.session_state[key] = min(int(st.session_state[key]) + due, total)
    if st.session_state[key] >= total:
        st.session_state[PLAYING] = False
        _turn()
        st.rerun()


def _transport(key: str, written: int, total: int, row: int, playing: bool) -> None:
    def go(by: int) -> None:
        st.session_state[key] = max(0, min(int(st.session_state[key]) + by, total))
        _turn()

    def play(*, on: bool) -> None:
        st.session_state[PLAYING], st.session_state[LAST] = on, time.monotonic()
        st.session_state[TOGGLED] = True
        _turn()

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for label, tooltip, by in (
            ("Start", "Back to the empty canvas", -total),
            ("−1", "One value back", -1),
            ("+1", "Generate one value", 1),
            ("+10", "Generate ten values", 10),
            ("+ row", "Generate one row of values", row),
            ("End", "Generate to the end", total),
        ):
            st.button(
                label, help=tooltip, on_click=go, args=(by,), key=f"transport {tooltip}", disabled=playing
            )
        # Two buttons, not one that toggles: with a tick under way a press may be delivered twice.
        if playing:
            st.button(
                "Pause",
                icon=":material/pause:",
                type="primary",
                key="transport pause",
                on_click=partial(play, on=False),
            )
        else:
            st.button(
                "Play",
                icon=":material/play_arrow:",
                type="primary",
                key="transport play",
                on_click=partial(play, on=True),
                disabled=written == total,
            )
        if st.session_state.pop(TOGGLED, False):
            st.rerun()  # only a run of the whole page starts or stops the clock
        st.session_state.setdefault(SPEED, SPEEDS[1])
        st.segmented_control(
            "Values a second",
            SPEEDS,
            key=SPEED,
            required=True,
            format_func=lambda speed: f"{speed}/s",
            label_visibility="collapsed",
        )


def _slider(key: str, written: int, total: int, playing: bool) -> None:
    if playing:
        st.slider("Step", 0, total, written, disabled=True, key=f"written at {written}")
        return
    widget = _slider_name()

    def moved() -> None:
        if widget == _slider_name():
            st.session_state[key] = st.session_state[widget]

    mirror(widget, written, total)
    st.slider(
        "Step",
        0,
        total,
        key=widget,
        on_change=moved,
        help="The number of values generated; go back to any of them and continue from there.",
    )


def _turn() -> None:
    """A new slider wherever something else than it has moved the writing: the browser may still send the old
    one's place, with a tick or a quick second press, and must not be believed."""
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def _slider_name() -> str:
    return f"written {st.session_state.get(TURN, 0)}"


def _by_hand(page: Page, keys: dict[str, str], levels: int) -> None:
    written = page.controls.written
    field = f"by hand {written}"

    def write() -> None:
        try:
            edits = Edits.read(page.controls.edits).written(written, int(st.session_state[field]))
        except ExplorerError:
            edits = Edits(((written, int(st.session_state[field])),))
        st.session_state[keys["edits"]] = str(edits)
        st.session_state[keys["written"]] = written + 1
        _turn()

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Override the next value",
            0,
            levels - 1,
            key=field,
            help="This value replaces the sampled one in every sample; sampling continues after it.",
        )
        st.button("Apply", on_click=write, icon=":material/edit:")


def _undo(key: str) -> None:
    if not (edits := str(st.session_state[key])):
        return

    def clear() -> None:
        st.session_state[key] = ""

    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Overridden values (step = value, from 0): {edits}")
        st.button("Undo", on_click=clear, type="tertiary")


def _files(page: Page) -> None:
    try:
        writer, sample = writer_at(page.controls, page.scope), page.controls.sample - 1
        made: list[tuple[str, Any]] = [
            ("sample.png", still(writer, sample)),
            ("writing.gif", film(writer, sample)),
        ]
    except ExplorerError:
        return  # the canvas has said why
    with st.container(horizontal=True):
        for name, make in made:
            title = "Sample, PNG" if name.endswith("png") else "Animation of the generation, GIF"
            st.download_button(
                title,
                make,
                file_name=f"explorer-{name}",
                on_click="ignore",
                key=f"download {name}",
                icon=":material/download:",
            )
