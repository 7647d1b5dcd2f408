"""The menu on every figure: to a file, to the report, alone or as a grid."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from explorer import gallery
from explorer.errors import ExplorerError
from explorer.export import DRAWN, FORMATS, write
from explorer.export.chromium import at_hand
from explorer.export.drawing import Drawing
from explorer.provenance import Provenance
from explorer.ui import own_report
from explorer.ui.paper import paper
from explorer.ui.progress import within_bounds
from explorer.views.animation import animated, sliders, values_of
from explorer.views.controls import Control, controls_of
from explorer.views.grid import LARGEST, draw_over, joined
from explorer.views.scope import Scope
from explorer.views.view import Panel, View

__all__ = ["export_drawn", "export_menu"]

ALONE, GRID, MOVING = "this figure alone", "a grid: ", "an animation: "
MESSAGE = "report message"


@st.fragment
def export_menu(view: View, panel: Panel, controls: Any, scope: Scope, drawing: Drawing | None) -> None:
    """The menu; its widgets are drawn only while it is open. It runs by itself, the page stays as it is. A lens has no
    drawing until its menu is opened."""
    key = f"{view.name} {panel.name}"
    menu = _menu(key)
    if not menu.open:
        return
    with menu:
        what, over = _what(view, panel, scope, key)
        if what.startswith(MOVING):
            _animation(view, panel, controls, scope, what.removeprefix(MOVING), key)
            return
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
        _files(drawing, provenance, panel.title, key)


@st.fragment
def export_drawn(drawing: Drawing, provenance: Provenance, title: str) -> None:
    """The menu of a figure that is in no view."""
    key = f"{provenance.view} {provenance.figure}"
    menu = _menu(key)
    if menu.open:
        with menu:
            _files(drawing, provenance, title, key)


def _menu(key: str) -> Any:
    return st.popover("Export", type="tertiary", width="content", key=f"export {key}", on_change="rerun")


def _files(drawing: Drawing, provenance: Provenance, title: str, key: str) -> None:
    """To the report, or to a file of each format."""
    which = key, provenance.controls, provenance.over
    if st.button("Add to report", key=f"add {key}", icon=":material/post_add:", width="stretch"):
        st.session_state[MESSAGE] = which, own_report.add(drawing, provenance, title)
        st.rerun()  # the whole page, which has the browser keep the link of the report
    last, message = st.session_state.get(MESSAGE, (None, ""))
    if last == which:
        st.caption(message)
    files = st.container(horizontal=True, gap="small")  # before the measures, which most leave as they are
    style = paper(key)
    if not at_hand():
        st.caption(
            "PNG, SVG, PDF and PPTX need Chrome or Chromium on the server: `apt install chromium` or "
            "`plotly_get_chrome`. The camera button above the figure gives a PNG without it."
        )
    for form in FORMATS:
        if form in DRAWN and not at_hand():
            continue
        files.download_button(
            form.upper(),
            partial(write, drawing, provenance, form, style=style, title=title),
            file_name=f"explorer-{provenance.view}-{provenance.figure}.{form}",
            key=f"{form} {key}",
            on_click="ignore",
        )


def _what(view: View, panel: Panel, scope: Scope, key: str) -> tuple[str, dict[str, str]]:
    """What is exported: the figure alone, a grid with its control and values, or an animation over a slider."""
    values = {}
    for control in controls_of(view.controls):
        if control.name in panel.uses and len(values_of_control := _values(control, scope)) > 1:
            values[control.name] = control.label, values_of_control
    moving = sliders(view, panel) if at_hand() else {}
    labels = {GRID + name: f"{GRID}{label.lower()}" for name, (label, _) in values.items()}
    labels |= {MOVING + name: f"{MOVING}{control.label.lower()}" for name, control in moving.items()}
    if not labels:
        return ALONE, {}
    chosen = st.selectbox(
        "What", [ALONE, *labels], key=f"what {key}", format_func=lambda what: labels.get(what, what)
    )
    if not chosen.startswith(GRID):
        return chosen, {}
    name = chosen.removeprefix(GRID)
    picked = st.multiselect(
        values[name][0],
        values[name][1],
        max_selections=LARGEST,
        key=f"grid {key} {name}",
        placeholder=f"2 to {LARGEST} of them",
    )
    return chosen, joined(name, picked) if len(picked) > 1 else {}


def _animation(view: View, panel: Panel, controls: Any, scope: Scope, over: str, key: str) -> None:
    count = len(values_of(sliders(view, panel)[over], scope))
    if count < 2:
        st.caption("This slider has only one value here.")
        return
    st.download_button(
        f"GIF of {count} frames",
        partial(_gif, view, panel, controls, scope, over),
        file_name=f"explorer-{view.name}-{panel.name}-{over}.gif",
        key=f"gif {key} {over}",
        icon=":material/animation:",
        on_click="ignore",
        help="The figure at every value of the slider. It is drawn when you press this, about a second a frame.",
    )


def _gif(view: View, panel: Panel, controls: Any, scope: Scope, over: str) -> bytes:
    with within_bounds():
        return animated(view, panel, controls, scope, over)


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
