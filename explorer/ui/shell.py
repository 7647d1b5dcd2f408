"""The frame around every page: its title, the menu, the device."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from explorer.errors import ControlError
from explorer.settings import settings
from explorer.ui import keys, lesson, own_session, present
from explorer.ui.own_report import remember
from explorer.views import VIEWS, sections

__all__ = ["ROOT", "explain", "has_text", "shell", "thumbnail"]

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ROOT / "pages" / "texts"

THUMBNAILS = ROOT / "pages" / "thumbnails"
ACROSS = (
    "self-attention-overview",
    "convolution-bias-maps",
    "detr-slots",
    "image-transformer-enlarged",
    "image-transformer-reach",
    "long-range-costs",
    "long-range-growth",
    "positions-patches",
    "attribution-maps",
    "vision-transformer-sequence",
)
"""Panels with so much side by side that a phone shows them wider than itself, to be pushed sideways."""
STYLE = """
<style>
.stApp .stMainBlockContainer {padding: .5rem 2rem 3rem; max-width: 1500px}
.stApp .stMainBlockContainer > [data-testid="stVerticalBlock"] {gap: .7rem}
.stApp [data-testid="stHeader"] {background: transparent; height: 2.9rem; min-height: 0; pointer-events: none}
.stApp [data-testid="stHeader"] :is(button, [data-testid="stStatusWidget"]) {pointer-events: auto}
.stApp [data-testid="stCaptionContainer"] {color: inherit; opacity: .8}
.stApp button[data-testid^="stBaseButton-primary"] {color: light-dark(#ffffff, #0c1117)}
.stApp .st-key-bar {min-height: 2.4rem; padding-right: 6rem; gap: .3rem 1rem}
.stApp:has([data-testid="stExpandSidebarButton"]) .st-key-bar {padding-left: 2.2rem}
.stApp .st-key-bar h1 {font-size: 1.4rem; padding: 0}
.stApp .st-key-bar [data-testid="stPageLink"] {margin: 0}
.stApp .st-key-bar .stButton button, .stApp .st-key-bar .stPopover button {min-height: 2rem; padding: .1rem .4rem}
[class*="st-key-views-of"] {gap: 0}
.stApp [class*="st-key-own-picture"] {flex-wrap: nowrap}
.stApp .stElementContainer:has(> .stHtml) {position: absolute}
.stApp [data-testid="stSidebarHeader"] {height: 1.9rem; min-height: 0; margin: 0; padding: .3rem .4rem 0}
.stApp [data-testid="stSidebarContent"] {padding: 0 .3rem; scrollbar-gutter: auto}
.stApp [data-testid="stSidebarUserContent"] {padding: .1rem .6rem 1rem}
.stApp :is([data-testid="stSidebar"], .st-key-controls) [data-testid="stVerticalBlock"] {gap: .4rem}
.stApp :is([data-testid="stSidebar"], .st-key-controls) [data-testid="stCaptionContainer"] p {font-size: .76rem; line-height: 1.25}
.stApp :is([data-testid="stSidebar"], .st-key-controls) :is(.stPopover, .stButton) button {min-height: 1.9rem; padding: .1rem .5rem}
.stApp :is([data-testid="stSidebar"], .st-key-controls) :is(.stSlider, .stSelectbox, .stMultiSelect, .stButtonGroup, .stNumberInput) {
  display: flex; flex-flow: row wrap; align-items: center; gap: 0 .5rem}
.stApp :is([data-testid="stSidebar"], .st-key-controls) :is(.stSlider, .stSelectbox, .stMultiSelect, .stButtonGroup, .stNumberInput) > label {
  flex: 1 1 38%; min-width: min-content; min-height: 0; margin: 0}
.stApp :is([data-testid="stSidebar"], .st-key-controls) :is(.stSlider, .stSelectbox, .stMultiSelect, .stNumberInput) > :not(label) {flex: 1 1 50%; min-width: 0}
.stApp :is([data-testid="stSidebar"], .st-key-controls) .stButtonGroup > :not(label) {flex: 0 0 auto}
.stApp :is([data-testid="stSidebar"], .st-key-controls) .stSlider [role="group"] {padding-bottom: 0}
.stApp :is([data-testid="stSidebar"], .st-key-controls) .stSlider [role="group"] > div {padding: 25px 0 9px}
.stApp :is([data-testid="stSidebar"], .st-key-controls) .stSlider [data-testid="stSliderTickBar"] {display: none}
.stApp :is([data-testid="stSidebar"], .st-key-controls) [role="group"]:has(> input) {min-height: 0; height: 2.1rem}
.stApp :is([data-testid="stSidebar"], .st-key-controls) .stButtonGroup button {padding: .1rem .55rem; min-height: 1.8rem; height: 1.8rem}
.stApp :is([data-testid="stSidebar"], .st-key-controls) .stButtonGroup [role] {gap: .25rem}
.stApp :is([data-testid="stSidebar"], .st-key-controls) label p {font-size: .84rem; line-height: 1.15; white-space: normal;
  overflow-wrap: normal; word-break: normal}
.stApp [class*="st-key-head-of-"] {flex-wrap: nowrap}
.stApp [class*="st-key-head-of-"] > [data-testid="stLayoutWrapper"] {flex: 0 0 5rem}
.stApp [class*="st-key-head-of-"] > [data-testid="stLayoutWrapper"]:has([class*="st-key-progress-of-"]) {flex: 0 0 auto}
.stApp [class*="st-key-progress-of-"] {flex-wrap: nowrap}
.stApp[data-test-script-state="running"] [class*="st-key-panel-"]:not(:has(.stPlotlyChart, .stDataFrame)) {min-height: 26rem}
@media (max-width: 640px) {.stApp .stMainBlockContainer {padding: .5rem .8rem 2rem} .stApp [class*="st-key-head-of-"]:has([class*="st-key-progress-of-"]) {flex-wrap: wrap}}
@media (max-width: 640px) {
  .stApp :is(ACROSS) .stElementContainer:has(.stPlotlyChart) {overflow-x: auto}
  .stApp :is(ACROSS) .stElementContainer:has(.stPlotlyChart) > * {min-width: 54rem}
}
</style>
""".replace("ACROSS", ", ".join(f".st-key-panel-{panel}" for panel in ACROSS))


def shell(name: str) -> str:
    """Draw the frame of the page of that name and return the chosen device.

    Every page calls it first: Streamlit finds the pages by their files, and a link may open any of them cold.
    """
    title = VIEWS[name].title if name in VIEWS else name
    st.set_page_config(page_title=f"{title} · Explorer", page_icon=thumbnail("icon"), layout="wide")
    st.html(STYLE)
    try:
        settings()
    except ControlError as error:  # `streamlit run` checks none at its start
        st.error(str(error), icon=":material/error:")
        st.stop()
    own_session.follow(name)
    present.arrive()
    lesson.arrive(name)
    keys.listen()
    if not (present.presenting() or st.context.is_embedded):
        _bar(name, title)
    remember()
    lesson.bar(name)
    return st.session_state.setdefault("device", "auto")


def _bar(name: str, title: str) -> None:
    """One line: home, the menu, where the visitor is. All other height is the figures'."""
    with st.container(horizontal=True, vertical_alignment="center", key="bar"):
        st.page_link("app.py", label="**Explorer**", icon=":material/visibility:", width="content")
        with st.popover(
            "Menu", icon=":material/menu:", type="tertiary", width="content", key=f"menu on {name}"
        ):
            for section, views in sections().items():
                with st.container(key=f"views of {section}"):
                    st.caption(section)
                    for view in views:
                        st.page_link(view.page, label=view.title, icon=view.icon)
            with st.container(key="views of Catalogue"):
                st.caption("Catalogue")
                st.page_link("pages/96_Many_pictures.py", label="Many pictures", icon=":material/grid_on:")
                st.page_link("pages/95_Report.py", label="Report", icon=":material/article:")
                st.page_link("pages/9_Models.py", label="Models", icon=":material/inventory_2:")
        if name in VIEWS:
            st.title(title, anchor=False, width="stretch")
            present.button()


def explain(text: str) -> None:
    """The Markdown text `pages/texts/TEXT.md`."""
    st.markdown(_text(text))


@cache
def has_text(text: str) -> bool:
    """Whether there is one."""
    return (TEXTS / f"{text}.md").is_file()


@cache
def thumbnail(name: str) -> bytes | None:
    """The small picture of that name, as a PNG; None where there is none."""
    file = THUMBNAILS / f"{name}.png"
    return file.read_bytes() if file.is_file() else None


@cache
def _text(name: str) -> str:
    return (TEXTS / f"{name}.md").read_text(encoding="utf-8")
