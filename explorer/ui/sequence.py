"""The sequence that is read: sampled, or the visitor's own; its distance, and another one."""

from __future__ import annotations

import streamlit as st

from explorer.data.recall_task import SIGN, read_sequence, spoken, with_distance
from explorer.errors import ExplorerError
from explorer.ui.page import Page
from explorer.ui.state import key_of, mirror
from explorer.views.controls import controls_of
from explorer.views.long_range.look import sequence_of

__all__ = ["sequence"]

FIELD, SLIDER, EMPTIED = "sequence written", "sequence distance", "sequence emptied"


def sequence(page: Page) -> None:
    """The sequence in a field that can be written in, and a slider that moves its marker."""
    by_name = {control.name: control for control in controls_of(page.view.controls)}
    keys = {name: key_of(page.view, control) for name, control in by_name.items()}
    state, controls = st.session_state, page.controls
    try:
        shown_sequence = sequence_of(controls)
        shown, distance = spoken(shown_sequence.numbers[0]), int(shown_sequence.distances[0])
        farthest = len(shown) - 2 if controls.sequence else int(by_name["distance"].high)
    except ExplorerError:  # the figures say what is wrong with it
        shown, distance, farthest = controls.sequence, controls.distance, int(by_name["distance"].high)

    # A field of its own for each text: a browser that has not had the new one yet would send the old one back with the
    # next event, as if the visitor had written it.
    field = f"{FIELD} {shown}"

    def write() -> None:
        text = str(state[field])
        # A browser that is behind still names the field of a sequence ago, whose text the server has forgotten meanwhile.
        if text == shown:
            return
        if not text.strip():
            state[EMPTIED] = True
            state[keys["sequence"]] = ""
            return
        state[keys["sequence"]] = text
        try:
            state[keys["distance"]] = int(read_sequence(text).distances[0])
        except ExplorerError:
            return

    def move() -> None:
        state[keys["distance"]] = distance = int(state[SLIDER])
        if controls.sequence:
            try:
                state[keys["sequence"]] = with_distance(controls.sequence, distance)
            except ExplorerError:
                state[keys["sequence"]] = ""

    def another() -> None:
        state[keys["sample"]] = int(state[keys["sample"]]) % int(by_name["sample"].high) + 1
        state[keys["sequence"]] = ""

    if state.pop(EMPTIED, False):
        st.info("The sequence was empty: a sampled one is shown instead.", icon=":material/undo:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            f"Sequence (a to p, {SIGN} before the letter to recall)",
            shown,
            key=field,
            on_change=write,
            max_chars=by_name["sequence"].longest,
            help="Write your own, or change a letter of this one.",
        )
        if farthest > 1:
            mirror(SLIDER, min(distance, farthest), farthest)
            st.slider(
                "Distance (steps)",
                1,
                farthest,
                key=SLIDER,
                on_change=move,
                help=by_name["distance"].help,
                width=300,
            )
        st.button("Another sequence", on_click=another, icon=":material/casino:")
