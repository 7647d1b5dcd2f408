"""`?embed=true`: one panel with its controls and nothing else, for an `<iframe>` in slides or a web page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.errors import ControlError
from explorer.ui import panel as panels
from explorer.ui.present import STYLE, filling, fills_with_lens
from explorer.ui.state import PANEL
from explorer.ui.widgets import widget
from explorer.views.controls import controls_of
from explorer.views.scope import Scope
from explorer.views.view import Panel, View

__all__ = ["panel_named", "show"]

GENERAL = ("picture", "model", "writer")
"""Kinds of control that come last: in slides the picture and the model are chosen beforehand."""
NARROW = """
<style>
:root {font-size: 15px}
.stApp .stMainBlockContainer {padding: .3rem .5rem}
.stApp .st-key-embedded {flex-wrap: nowrap; height: 100%; align-items: stretch}
.stApp .st-key-embedded > * {min-height: 0}
.stApp .st-key-embedded > [data-testid="stLayoutWrapper"]:has(> .st-key-figure) {flex: 1 1 0; min-width: 0; height: 100%}
.stApp .st-key-embedded > [data-testid="stLayoutWrapper"]:has(> .st-key-controls) {flex: 0 0 15rem; overflow-y: auto}
.stApp .stMainBlockContainer [data-testid="stLayoutWrapper"]:has(> .st-key-embedded) {flex: 1 1 0; min-height: 0}
.stApp .st-key-figure {height: 100%; gap: .2rem}
.stApp .st-key-figure > .stElementContainer {flex: 0 0 auto}
.stApp .st-key-figure h3 {padding: 0; font-size: 1.1rem}
@media (max-width: 520px) {
  .stApp .st-key-embedded {flex-direction: column}
  .stApp .st-key-embedded > [data-testid="stLayoutWrapper"]:has(> .st-key-controls) {flex: 0 0 auto; max-height: 40%}
}
</style>
"""


def panel_named(view: View) -> Panel | None:
    """The panel that the address of an embedded page names; None where it names none, or the page is not embedded."""
    name = st.query_params.get(PANEL) if st.context.is_embedded else None
    if name is None:
        return None
    try:
        return view.panel(name)
    except ControlError as error:
        st.warning(str(error), icon=":material/undo:")
        return None


def show(view: View, named: Panel | None, controls: Any, scope: Scope) -> None:
    """The panel that the address names, else the first of its tab, beside what can be set; a lens has its own controls."""
    tab = getattr(controls, "tab", "")
    panel = named or view.panels_on(tab)[0]
    st.html(STYLE + NARROW)
    if fills_with_lens(view, panel, controls, scope, st.empty()):
        return
    with st.container(horizontal=True, key="embedded", gap="small"):
        with st.container(key="figure"):
            st.subheader(panel.title, anchor=False)
            status = st.empty()
            drawing = panels.drawn(view, panel, controls, scope, status)
            if drawing is not None:
                filling(view, panel, drawing)
        with st.container(key="controls"):
            used = [
                each
                for each in controls_of(view.controls)
                if each.name in panel.uses and each.concerns(controls)
            ]
            for control in sorted(used, key=lambda each: each.kind in GENERAL):
                widget(view, control, scope)
