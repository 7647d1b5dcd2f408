"""The menu on every figure: to a file, to the report, alone or as a grid."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from explorer import gallery
from explorer.errors import ExplorerError
from explorer.export import FORMATS, write
from explorer.export.chromium import at_hand
from explorer.export.drawing import Drawing
from explorer.provenance import Provenance
from explorer.ui import own_report
from explorer.ui.paper import paper
from explorer.views.controls import Control, controls_of
from explorer.views.grid import LARGEST, draw_over, joined
from explorer.views.scope import Scope
from explorer.views.view import Panel, View

__all__ = ["export_menu"]

WITHOUT_CHROMIUM = ("html", "csv", "npz", "json")
ALONE = "this figure alone"
MESSAGE = "report message"


@st.fragment
def export_menu(view: View, panel: Panel, controls: Any, scope: Scope, drawing: Drawing | None) -> None:
    """The menu; its widgets are drawn only while it is open. It runs by itself, the page stays as it is. A lens has no
    drawing until its menu is opened."""
    key = f"{view.name} {panel.name}"
    menu = st.popover("Export", type="tertiary", width="content", key=f"export {key}", on_change="rerun")
    if not menu.open:
        return
    with menu:
        over = _over(view, panel, scope, key)
        try:
            if over:
                with st.spinner("Drawing the grid …"):
                    drawing = draw_over(view, panel, controls, scope, over)
            elif drawing is None:
                with st.spinner("Drawing …"):
                    drawing = view.draw(panel, controls, scope)
            provenance = Provenance.of(view, panel, controls, scope, over=over)
        except ExplorerError as error:
            st.error(str(error), icon=":material/error:")
            return
        which = key, provenance.controls, provenance.over
        if st.button("Add to report", key=f"add {key}", icon=":material/post_add:", width="stretch"):
            st.session_state[MESSAGE] = which, own_report.add(drawing, provenance, panel.title)
            st.rerun()  # the whole page, which has the browser keep the link of the report
        last, message = st.session_state.get(MESSAGE, (None, ""))
        if last == which:
            st.caption(message)
        files = st.container(
            horizontal=True, gap="small"
        )  # before the measures, which most leave as they are
        style = paper(key)
        if not at_hand():
            st.caption(
                "PNG, SVG and PDF need Chrome or Chromium on the server: `apt install chromium` or "
                "`plotly_get_chrome`. The camera button above the figure gives a PNG without it."
            )
        forms = FORMATS if at_hand() else WITHOUT_CHROMIUM
        for form in forms:
            files.download_button(
                form.upper(),
                partial(write, drawing, provenance, form, style=style),
                file_name=f"explorer-{view.name}-{panel.name}.{form}",
                key=f"{form} {key}",
                on_click="ignore",
            )


def _over(view: View, panel: Panel, scope: Scope, key: str) -> dict[str, str]:
    """The control to make a grid over, with its values; nothing for the figure alone."""
    values = {}
    for control in controls_of(view.controls):
        if control.name in panel.uses and len(values_of_control := _values(control, scope)) > 1:
            values[control.name] = control.label, values_of_control
    if not values:
        return {}
    chosen = st.selectbox(
        "What",
        [ALONE, *values],
        key=f"grid {key}",
        format_func=lambda name: name if name == ALONE else f"a grid: {values[name][0].lower()}",
    )
    if chosen == ALONE:
        return {}
    picked = st.multiselect(
        values[chosen][0],
        values[chosen][1],
        max_selections=LARGEST,
        key=f"grid {key} {chosen}",
        placeholder=f"2 to {LARGEST} of them",
    )
    return joined(chosen, picked) if len(picked) > 1 else {}


def _values(control: Control, scope: Scope) -> list[str]:
    """The values that a grid may be made of, as text."""
    known = control.resolved(scope)
    if control.kind == "choice":
        return list(known.choices)
    if control.kind == "switch":
        return ["on", "off"]
    if control.kind == "whole":
        low, high = int(known.low or 0), int(known.high or 0)
        return [str(value) for value in range(low, min(high, low + 99) + 1)]
    if control.kind == "picture":
        return [*gallery.names(), *st.session_state.get("my uploads", {})]
    if control.kind == "model":
        from explorer import zoo

        entries = [entry for family in known.choices for entry in zoo.entries(family=family)]
        return [entry.name for entry in entries if zoo.at_hand(entry)]
    return []
