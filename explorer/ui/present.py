"""The presenter's view: one panel at a time, as large as the screen, with its caption and no menu."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.errors import ExplorerError
from explorer.export.drawing import Drawing
from explorer.figures.ready import ReadyFigure
from explorer.ui import lesson
from explorer.ui import panel as panels
from explorer.ui.lens import lens
from explorer.ui.state import PANEL, PRESENT, PRESENTED, beside, heard, told, write_address
from explorer.views.scope import Scope
from explorer.views.view import Panel, View

__all__ = ["STYLE", "arrive", "button", "filling", "fills_with_lens", "presenting", "show"]

LEFT = "presenter's view left"
HEIGHT = 450
"""Pixels that Plotly gives to a figure that names none."""
NARROWEST = 700
"""Pixels that a figure needs across, before it is scaled as a whole: so it keeps its proportions, and its type grows with
the screen."""
STYLE = """
<style>
:root {font-size: 18px}
.stApp [data-testid="stSidebar"], .stApp [data-testid="stHeader"], .stApp [data-testid="stExpandSidebarButton"] {display: none}
.stApp .stMainBlockContainer {padding: .4rem 1.5rem 0; max-width: none; min-height: 0; height: auto;
  flex: 1 1 0; overflow: hidden}
.stApp .stMainBlockContainer > [data-testid="stVerticalBlock"] {height: 100%; gap: .3rem}
.stApp [data-testid="stLayoutWrapper"]:has(> .st-key-presented) {flex: 1 1 0; min-height: 0; position: relative; overflow: hidden}
.stApp .st-key-presented {position: absolute; left: var(--presented-left); top: 0; width: var(--presented-width); max-width: none}
.stApp .st-key-presented .stElementContainer {overflow: visible}
.stApp [data-testid="stLayoutWrapper"]:has(> .st-key-presented-lens) {flex: 1 1 0; min-width: 0; min-height: 0; container-type: size;
  overflow: hidden auto}
.stApp .st-key-presented .js-plotly-plot {transform: scale(var(--presented-scale)); transform-origin: 0 0}
.stApp .stMainBlockContainer + div:not([data-testid]) {display: none}
.stApp .st-key-present-row {flex-wrap: nowrap}
.stApp .st-key-present-row .stButton button {min-height: 1.8rem; padding: .1rem .5rem}
.stApp .st-key-present-row h3 {padding: 0; white-space: nowrap}
body.explorer-blank::after {content: ""; position: fixed; inset: 0; background: #000; z-index: 10000000}
</style>
"""
SCALE = """<script>
(() => {
  window.explorerScaling?.disconnect();
  const height = %d, narrowest = %d;
  const fit = place => {
    if (!place.clientHeight) return;  // it has just left the page
    const width = Math.max(narrowest, height * place.clientWidth / place.clientHeight);
    const scale = Math.min(place.clientWidth / width, place.clientHeight / height);
    const said = document.documentElement.style;
    said.setProperty("--presented-width", `${width}px`);
    said.setProperty("--presented-scale", scale);
    said.setProperty("--presented-left", `${(place.clientWidth - width * scale) / 2}px`);
  };
  const look = setInterval(() => {
    const place = document.querySelector(".st-key-presented")?.parentElement;
    if (!place || !place.clientHeight) return;
    clearInterval(look);
    window.explorerScaling = new ResizeObserver(() => fit(place));
    window.explorerScaling.observe(place);
  }, 50);
})();
// %s
</script>"""


def arrive() -> None:
    """Present if the address says so. Every page calls it first."""
    message = st.query_params.get(PRESENT) == "1"
    if not message:
        st.session_state.pop(LEFT, None)
    elif not st.session_state.get(LEFT):
        beside()[PRESENT] = "1"
    if named := told((PANEL,)):
        st.session_state[PRESENTED] = beside()[PANEL] = named[PANEL]
        heard((PANEL,))


def presenting() -> bool:
    """Whether this session shows the presenter's view."""
    return PRESENT in beside()


def button() -> None:
    """The way into the presenter's view."""
    st.button(
        "Presenter's view",
        key="present enter",
        icon=":material/slideshow:",
        type="tertiary",
        help="p",
        on_click=_enter,
    )


def show(view: View, controls: Any, scope: Scope) -> None:
    """The panel in turn, and the buttons that lead to the next; keys press them (explorer/ui/keys.py)."""
    st.html(STYLE)
    places = _places(view, controls, scope)
    tab = getattr(controls, "tab", "")
    here = [at for at, (on, _) in enumerate(places) if on == tab] or [0]
    chosen = st.session_state.get(PRESENTED)
    now = next((at for at in here if places[at][1].name == chosen), here[0])
    panel = places[now][1]
    beside()[PANEL] = panel.name
    write_address(view, view.address(controls, scope))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="present row"):
        st.subheader(panel.title, anchor=False, width="content")
        st.caption(" · ".join(filter(None, (view.title, view.tabs.get(tab, "")))), width="stretch")
        status = st.empty()
        _buttons(view, places, now)
    if lesson.hides(view):
        st.info("Choose an answer below to see this figure.", icon=":material/help:")
        return
    if fills_with_lens(view, panel, controls, scope, status):
        return
    drawing = panels.drawn(view, panel, controls, scope, status)
    if drawing is None:
        return
    filling(view, panel, drawing)
    if drawing.numbers:
        st.markdown(panels.numbers(drawing))
    st.caption(drawing.caption)


def fills_with_lens(view: View, panel: Panel, controls: Any, scope: Scope, status: DeltaGenerator) -> bool:
    """The panel's lens in all the room there is; False where a figure shows what these controls ask for."""
    shown = panel.lens_for(controls, scope)
    if shown is None:
        return False
    with st.container(key="presented lens"):
        lens(view, shown, controls, scope, status, fills=True)
    return True


def filling(view: View, panel: Panel, drawing: Drawing) -> None:
    """The figure, scaled as a whole to what room there is. It can be clicked as on its page."""
    key = f"presented {view.name} {panel.name}"
    with st.container(key="presented"):
        st.plotly_chart(
            ReadyFigure.themed(drawing.plain, st.context.theme.type or "light", clicked=bool(panel.click)),
            key=key,
            theme=None,
            alt=drawing.alt,
            config={"displayModeBar": False, "scrollZoom": False},
            **panels.selecting(view, panel, key),
        )
    height = int(drawing.plain["layout"].get("height") or HEIGHT)
    st.html(SCALE % (height, NARROWEST, f"{view.name} {panel.name}"), unsafe_allow_javascript=True)


def _places(view: View, controls: Any, scope: Scope) -> list[tuple[str, Panel]]:
    """Every tab's panels in their order, then those of all tabs. What takes long is left out until it has been computed
    on its page, and so is what a panel before it shows in its lens."""
    result: list[tuple[str, Panel]] = []
    for tab in view.tabs or ("",):
        lenses = set()
        for panel in sorted(view.panels_on(tab), key=lambda panel: not panel.tab):
            if panel.heavy and not _computed(view, panel, controls, scope):
                continue
            if shown := panel.lens_for(controls, scope):
                if shown.view in lenses:
                    continue
                lenses.add(shown.view)
            result.append((tab, panel))
    return result


def _computed(view: View, panel: Panel, controls: Any, scope: Scope) -> bool:
    try:
        return view.drawn(panel, controls, scope)
    except ExplorerError:
        return False


def _buttons(view: View, places: list[tuple[str, Panel]], now: int) -> None:
    def lead(label: str, key: str, icon: str, to: int, said: str) -> None:
        st.button(
            label,
            key=key,
            icon=icon,
            type="tertiary",
            help=said,
            disabled=not 0 <= to < len(places),
            on_click=partial(_turn, view, *places[to]) if 0 <= to < len(places) else None,
        )

    tabs = list(dict.fromkeys(on for on, _ in places))
    firsts = [next(at for at, (on, _) in enumerate(places) if on == tab) for tab in tabs]
    tab = tabs.index(places[now][0])
    before = firsts[tab - 1] if tab else -1
    after = firsts[tab + 1] if tab + 1 < len(firsts) else len(places)
    lead("", "present last tab", ":material/first_page:", before, "The tab before (T)")
    lead("", "present back", ":material/arrow_back:", now - 1, "The panel before (↑; ← outside a lesson)")
    lead("", "present next", ":material/arrow_forward:", now + 1, "The next panel (↓; → outside a lesson)")
    lead("", "present next tab", ":material/last_page:", after, "The next tab (t)")
    st.button(
        "",
        key="present leave",
        icon=":material/close:",
        type="tertiary",
        help="Leave the presenter's view (p). b blanks the screen, f fills it.",
        on_click=_leave,
    )


def _turn(view: View, tab: str, panel: Panel) -> None:
    if tab:
        st.session_state[f"{view.name}:tab"] = tab
    st.session_state[PRESENTED] = panel.name


def _enter() -> None:
    beside()[PRESENT] = "1"


def _leave() -> None:
    beside().pop(PRESENT, None)
    beside().pop(PANEL, None)
    st.session_state[LEFT] = True
