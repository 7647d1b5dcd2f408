"""A view on the screen: its widgets, its address and its panels."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import metrics
from explorer.errors import ExplorerError
from explorer.ui import embed, lesson, present, warm
from explorer.ui import panel as panels
from explorer.ui.downloads import chosen_models, take_finished
from explorer.ui.export_menu import export_menu
from explorer.ui.lens import set_by_lens
from explorer.ui.model_input import model_input
from explorer.ui.next_values import draw_ahead
from explorer.ui.pictures import find
from explorer.ui.progress import within_bounds
from explorer.ui.shell import explain, has_text, shell
from explorer.ui.state import asked, end, keep, write_address
from explorer.ui.widgets import widget
from explorer.views import view as view_named
from explorer.views.controls import controls_of, resolve
from explorer.views.scope import Scope, open_scope
from explorer.views.view import View

__all__ = ["Page", "open_view"]

FIRST = 0.4
"""Seconds in which a browser draws the first chart of a page. What reaches it meanwhile it draws in one go with that one,
which so is seen no sooner than the last."""
OPEN = "open page"
"""The session's key of the view whose page was run last."""


@dataclass(frozen=True)
class Page:
    """The open view, with what the visitor set."""

    view: View
    controls: Any
    scope: Scope
    beside: DeltaGenerator
    """A place above the controls in the sidebar, for a page's own."""
    later: list[Callable[[], None]] | None = field(default_factory=list)
    """What is drawn when the rest of the page is there; None where nothing waits."""
    began: float = 0.0
    opens: bool = False
    """Whether the page of another view, or of none, was run before."""
    shown: list[str] = field(default_factory=list)
    """The panels so far."""

    def at(self, tab: str) -> bool:
        """Whether this tab of the view is the one shown."""
        return self.controls.tab == tab

    def explain(self, text: str) -> None:
        """The Markdown text of this view with that name."""
        explain(f"{self.view.name}/{text}")

    def panel(self, name: str, *, export: bool = True) -> None:
        """The panel's figure, its numbers and its export menu; beside or below it the text of its name, if there is one."""
        if not has_text(f"{self.view.name}/{name}"):
            self._show(name, export)
            return
        if self.view.panel(name).wide:
            left = right = st.container()
        else:
            left, right = st.columns([5, 3], gap="medium")
        with left:
            self._show(name, export)
        with right:
            self.explain(name)

    def panels(self, *names: str) -> None:
        """The panels of these names, one below the other; all of the open tab and then those of every tab by default."""
        tab = getattr(self.controls, "tab", "")
        shown = sorted(self.view.panels_on(tab), key=lambda panel: panel.tab == "")
        for name in names or [panel.name for panel in shown]:
            self.panel(name)

    def _show(self, name: str, export: bool) -> None:
        """The panel; one that takes long keeps its place, what it showed before included, and comes last. So does, where the
        page opens, each that is to be computed but the first."""
        panel = self.view.panel(name)
        show = partial(
            panels.show, self.view, panel, self.controls, self.scope, export=export, later=self.later
        )
        place = st.container(key=f"panel {self.view.name} {name}")
        with place:
            if lesson.hides(self.view):
                panels.head(self.view, panel)
                st.info("Choose an answer below to see this figure.", icon=":material/help:")
                return
            behind = self.opens and len(self.shown) > 0
            self.shown.append(name)
            if self.later is None or not panels.waits(
                self.view, panel, self.controls, self.scope, behind=behind
            ):
                show()
                return
            head = panels.head(self.view, panel)

        def draw() -> None:
            with place:
                show(at=head)

        if behind and self._let_first_be_drawn not in self.later:
            self.later.append(self._let_first_be_drawn)
        self.later.append(draw)

    def _let_first_be_drawn(self) -> None:
        if warm.serves():
            time.sleep(FIRST)

    def finish(self) -> None:
        """Draw what has waited. Every page calls it last."""
        for draw in self.later or ():
            draw()
        end()
        warm.start()
        draw_ahead(self.view, self.controls, self.scope)
        metrics.add("explorer_reruns_total", view=self.view.name)
        metrics.add("explorer_rerun_seconds_total", time.monotonic() - self.began, view=self.view.name)

    @property
    def at_once(self) -> Page:
        """The same page where every panel is drawn before the next."""
        return dataclasses.replace(self, later=None)

    def exports(self, names: Sequence[str]) -> None:
        """The titles and export menus of panels that another's lens shows."""
        if lesson.hides(self.view):
            return
        for column, name in zip(st.columns(len(names), gap="medium"), names, strict=True):
            panel = self.view.panel(name)
            with column.container(key=f"panel {self.view.name} {name}"):
                row, _ = panels.head(self.view, panel)
                with row:
                    export_menu(self.view, panel, self.controls, self.scope, None)

    def row(self, names: Sequence[str]) -> None:
        """Several panels side by side, without texts."""
        for column, name in zip(st.columns(len(names), gap="medium"), names, strict=True):
            with column:
                self._show(name, export=True)


def open_view(name: str) -> Page:
    """The shell, the controls in the sidebar, and the page to draw on."""
    began, view = time.monotonic(), view_named(name)
    device = shell(view.name)
    take_finished()
    raw = dict(lesson.set_by_step(view) or asked(view))
    if (embedded := embed.panel_named(view)) and embedded.tab:
        raw["tab"] = embedded.tab
    try:
        with within_bounds():
            scope, refused = open_scope(
                view.controls, raw, find, device=device, own=st.session_state.setdefault("own", {})
            )
            kept = {key: value for key, value in raw.items() if key not in scope.chosen}
            controls, more = resolve(view.controls, {**kept, **scope.chosen}, scope)
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
    by_lens = set_by_lens(view, controls, scope)
    shown = [
        each for each in controls_of(view.controls) if each.concerns(controls) and each.name not in by_lens
    ]
    presented = present.presenting()
    values = {control.name: getattr(controls, control.name) for control in controls_of(view.controls)}
    idle = [
        each
        for each in controls_of(view.controls)
        if not each.concerns(controls) and values[each.name] == each.resolved(scope).default
    ]
    keep(view, values, () if presented else [each for each in shown if not each.elsewhere], idle)
    lesson.arrived(view)
    write_address(view, view.address(controls, scope))
    for sentence in (*refused, *more):
        st.warning(sentence, icon=":material/undo:")
    if presented:
        present.show(view, controls, scope)
        end()
        st.stop()
    if st.context.is_embedded:
        embed.show(view, embedded, controls, scope)
        end()
        st.stop()
    chosen_models(view, raw, scope.chosen)
    _tabs(view)
    with st.sidebar:
        beside = st.container()
        for control in shown:
            if control.name != "tab" and not control.elsewhere:
                widget(view, control, scope)
        if any(control.kind == "picture" and not control.elsewhere for control in shown):
            fit = getattr(controls, "fit", getattr(controls, "shape", "crop"))
            for control in shown:
                if control.kind == "model":
                    model_input(scope, control.name, fit)
    opens = st.session_state.get(OPEN) != view.name
    st.session_state[OPEN] = view.name
    return Page(view, controls, scope, beside, began=began, opens=opens)


def _tabs(view: View) -> None:
    if view.tabs:
        st.segmented_control(
            "Tab",
            list(view.tabs),
            key=f"{view.name}:tab",
            format_func=lambda tab: view.tabs[tab],
            required=True,
            label_visibility="collapsed",
        )
