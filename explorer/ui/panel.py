"""One figure on the screen: drawn, clickable, with its numbers and its export menu."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import metrics
from explorer.errors import ExplorerError
from explorer.export.drawing import Drawing
from explorer.figures.ready import ReadyFigure
from explorer.formatting import quantity
from explorer.ui.export_menu import export_menu
from explorer.ui.lens import lens
from explorer.ui.progress import Progress, allow_heavy, within_bounds
from explorer.ui.state import key_of
from explorer.views.controls import controls_of
from explorer.views.scope import Scope
from explorer.views.view import Panel, View
from explorer.work import PLACES

__all__ = ["Head", "clicked", "drawn", "head", "numbers", "seconds_of", "selecting", "show", "waits"]

LOG = logging.getLogger(__name__)
SLOW = 0.2
"""Seconds of computing beyond which a panel waits for the others of its page."""
Head = tuple[DeltaGenerator, DeltaGenerator]
"""A panel's title row, and the place in it that says what is being done."""

_seconds: dict[tuple[str, str], float] = {}
"""How long each panel took when it was last computed, for whomever."""


def head(view: View, panel: Panel) -> Head:
    """The panel's title, with room for its progress and its menu."""
    row = st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"head of {view.name} {panel.name}",
    )
    row.subheader(panel.title, anchor=False)
    return row, row.empty()


def waits(view: View, panel: Panel, controls: Any, scope: Scope, *, behind: bool) -> bool:
    """Whether the panel is to be computed, and is `behind` the first of a page that opens or took long when it was computed
    last."""
    if not (behind or _slow_last_time(view, panel)):
        return False
    try:
        return not view.drawn(panel, controls, scope)
    except ExplorerError:  # to be said in its place
        return False


def seconds_of(view: View, panel: Panel) -> float:
    """How long the panel took when it was last computed, for whomever; 0 where it was not yet."""
    return _seconds.get((view.name, panel.name), 0.0)


def _slow_last_time(view: View, panel: Panel) -> bool:
    return seconds_of(view, panel) >= SLOW


def show(
    view: View,
    panel: Panel,
    controls: Any,
    scope: Scope,
    *,
    at: Head | None = None,
    export: bool = True,
    later: list[Callable[[], None]] | None = None,
) -> None:
    """Draw the panel below its head, or the sentence that says why it cannot be drawn. Without the export menu, whose
    many widgets cost more than the figure, while a panel is drawn again and again. `later` takes what may wait for the
    rest of the page."""
    row, status = at or head(view, panel)
    if shown := panel.lens_for(controls, scope):
        lens(view, shown, controls, scope, status, later)
        if export:
            with row:
                export_menu(view, panel, controls, scope, None)
        return
    drawing = drawn(view, panel, controls, scope, status)
    if drawing is None:
        return
    key = f"figure {view.name} {panel.name}"
    if panel.rows:
        _table(view, panel, controls, drawing, key)
    else:
        st.plotly_chart(
            ReadyFigure.themed(drawing.plain, st.context.theme.type or "light", clicked=bool(panel.click)),
            key=key,
            theme=None,
            alt=drawing.alt,
            config={"displaylogo": False, "scrollZoom": False},
            **selecting(view, panel, key),
        )
        if drawing.numbers:
            st.markdown(numbers(drawing))
    st.caption(drawing.caption)
    if export:
        with row:
            export_menu(view, panel, controls, scope, drawing)


def selecting(view: View, panel: Panel, key: str) -> dict[str, Any]:
    """What has a chart of that key set the panel's controls when it is clicked; nothing where a click sets none."""
    if not panel.click:
        return {}
    return {"on_select": partial(_choose, view, panel, key), "selection_mode": "points"}


def drawn(view: View, panel: Panel, controls: Any, scope: Scope, status: DeltaGenerator) -> Drawing | None:
    """The panel's drawing, its progress told in `status`; None where the sentence is drawn that says why there is none."""
    began = time.monotonic()
    progress = Progress(f"{view.name} {panel.name}", status)
    scope.progress = progress.tell
    cached = True
    try:
        if cached := view.drawn(panel, controls, scope):
            return view.draw(panel, controls, scope)
        if progress.cancelled(controls):
            return None
        if panel.heavy:
            allow_heavy()
        progress.begin(controls)
        if panel.heavy or _slow_last_time(view, panel):
            progress.look()
        place = PLACES.heavy() if panel.heavy else nullcontext()
        with (
            PLACES.telling(progress.wait),
            place,
            within_bounds(progress.look),
        ):
            return view.draw(panel, controls, scope)
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")
    except Exception:
        # A fault of ours must not take the rest of the page with it, nor show a visitor a traceback.
        LOG.exception("%s/%s could not be drawn", view.name, panel.name)
        st.error("This figure could not be drawn because of a fault in the program. The others still work.")
    finally:
        if not cached:
            status.empty()
            _seconds[view.name, panel.name] = time.monotonic() - began
            metrics.add("explorer_figures_total")
            metrics.add("explorer_figure_seconds_total", time.monotonic() - began)
    return None


def _table(view: View, panel: Panel, controls: Any, drawing: Drawing, key: str) -> None:
    """The panel's data as a table; a chosen row sets the panel's control, and its row is tinted."""
    import pandas

    chosen = getattr(controls, panel.rows)
    table = pandas.DataFrame({name: list(column) for name, column in drawing.data.items()})
    tint = "background-color: rgba(255, 61, 127, 0.18)"
    marked = (table[panel.rows] == chosen).to_numpy()
    shown = table.style.apply(lambda column: [tint if here else "" for here in marked]).format(precision=3)
    values = table[panel.rows].tolist()
    # A ticked row would stay ticked when the control is set elsewhere, so each choice makes the table anew.
    place = f"{key} {chosen}"

    def choose() -> None:
        rows = st.session_state[place]["selection"]["rows"]
        for control in controls_of(view.controls):
            if control.name == panel.rows and rows:
                st.session_state[key_of(view, control)] = values[rows[0]]

    st.dataframe(
        shown,
        key=place,
        hide_index=True,
        on_select=choose,
        selection_mode="single-row",
        height=min(38 + 35 * len(table), 600),
    )


def clicked(event: Any, names: tuple[str, ...], first: int = 1) -> dict[str, int]:
    """The values a selection event gives to the controls of these names; none if nothing was hit.

    Figures count from 0, controls from `first`.
    """
    points = (event or {}).get("selection", {}).get("points", [])
    values = points[0].get("customdata") if points else None
    if not isinstance(values, list | tuple) or len(values) < len(names):
        return {}
    return {name: int(value) + first for name, value in zip(names, values, strict=False)}


def _choose(view: View, panel: Panel, key: str) -> None:
    values = clicked(st.session_state.get(key), panel.click, panel.first)
    if not values:
        return
    for control in controls_of(view.controls):
        if control.name in values:
            st.session_state[key_of(view, control)] = values[control.name]
        elif control.name in panel.click_also:
            st.session_state[key_of(view, control)] = panel.click_also[control.name]


def numbers(drawing: Drawing) -> str:
    """The numbers under a figure as one line."""
    return " · ".join(
        f"{label} **{quantity(value, unit)}**" for label, (value, unit) in drawing.numbers.items()
    )
