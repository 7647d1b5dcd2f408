"""A measurement that runs when the visitor asks for it, and stops when told."""

from __future__ import annotations

import streamlit as st

from explorer.ui.page import Page
from explorer.ui.state import key_of
from explorer.views.controls import controls_of

__all__ = ["measuring"]


def measuring(page: Page, panel: str, *, before: str = "") -> None:
    """A button to measure, one to stop while that runs, and the panel; before, the panel `before` if there is one, and the
    text. The control `again` counts measurements.

    To press a button ends what the page is computing at its next sign of progress, so the stop button only has to
    forget that a measurement was asked for.
    """
    key = {control.name: key_of(page.view, control) for control in controls_of(page.view.controls)}["again"]
    measuring_key, state = f"{page.view.name}:{panel} measuring", st.session_state

    def measure() -> None:
        if state.get(measuring_key):
            state[key] = int(state[key]) % 99 + 1
        state[measuring_key] = True

    def stop() -> None:
        state[measuring_key] = False

    place = st.empty()
    if not state.get(measuring_key):
        place.button("Measure", on_click=measure, icon=":material/timer:", type="primary")
        if before:
            page.panel(before)
        page.explain(panel)
        return
    place.button("Stop", on_click=stop, icon=":material/stop:")
    page.at_once.panel(panel)
    place.button("Measure again", on_click=measure, icon=":material/timer:")
    if before:
        page.panel(before)
