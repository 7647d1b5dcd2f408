"""The frame around every page: its title, the menu, the device."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from explorer.errors import ControlError
from explorer.settings import settings
from explorer.ui import keys, lesson, present
from explorer.ui.own_report import remember
from explorer.views import VIEWS, sections

__all__ = ["ROOT", "explain", "has_text", "shell", "thumbnail"]

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ROOT / "pages" / "texts"

THUMBNAILS = ROOT / "pages" / "thumbnails"
STYLE = """
<style>
.stApp .stMainBlockContainer {padding: 2.6rem 2rem 3rem; max-width: 1500px}
.stApp [data-testid="stSidebarHeader"] {height: 2.4rem; padding: .4rem .6rem 0}
.stApp [data-testid="stSidebarUserContent"] {padding: 0 1.1rem 2rem}
.stApp [data-testid="stSidebar"] [data-testid="stVerticalBlock"] {gap: .6rem}
.stApp [data-testid="stSidebar"] hr {margin: .2rem 0}
.stApp [data-testid="stSidebar"] [data-testid="stPageLink"] {margin: 0}
.stApp [data-testid="stSidebar"] a[data-testid^="stPageLink"] * {white-space: normal; overflow: visible; font-size: .87rem; line-height: 1.2}
.stApp [data-testid="stSidebar"] [data-testid="stCaptionContainer"] p {font-size: .78rem; line-height: 1.3}
.stApp [class*="st-key-head-of-"] {flex-wrap: nowrap}
.stApp [class*="st-key-head-of-"] > [data-testid="stLayoutWrapper"] {flex: 0 0 5rem}
.stApp [class*="st-key-head-of-"] > [data-testid="stLayoutWrapper"]:has([class*="st-key-progress-of-"]) {flex: 0 0 auto}
.stApp [class*="st-key-progress-of-"] {flex-wrap: nowrap}
.stApp[data-test-script-state="running"] [class*="st-key-panel-"]:not(:has(.stPlotlyChart, .stDataFrame)) {min-height: 26rem}
@media (max-width: 640px) {.stApp .stMainBlockContainer {padding: 3rem .8rem 2rem} .stApp [class*="st-key-head-of-"]:has([class*="st-key-progress-of-"]) {flex-wrap: wrap}}
</style>
"""


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
    present.arrive()
    lesson.arrive(name)
    keys.listen()
    with st.sidebar:
        st.page_link("app.py", label="**Explorer**", icon=":material/visibility:")
        for section, views in sections().items():
            st.caption(section)
            for view in views:
                st.page_link(view.page, label=view.title, icon=view.icon)
        st.caption("Catalogue")
        st.page_link("pages/95_Report.py", label="Report", icon=":material/article:")
        st.page_link("pages/9_Models.py", label="Models", icon=":material/inventory_2:")
        if name in VIEWS:
            present.button()
        st.divider()
        remember()
    lesson.bar(name)
    return st.session_state.setdefault("device", "auto")


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
