"""The frame around every page: its title, the menu, the device."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.views import VIEWS, sections

__all__ = ["ROOT", "explain", "shell"]

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ROOT / "pages" / "texts"

STYLE = """
<style>
.block-container {padding: 2.2rem 2rem 3rem; max-width: 1500px}
h1 {font-size: 1.75rem; padding: .2rem 0 .4rem}
h3 {font-size: 1.15rem}
section[data-testid="stSidebar"] .block-container, [data-testid="stSidebarUserContent"] {padding-top: .5rem}
[data-testid="stSidebarHeader"] {height: 2.2rem; padding-top: .4rem}
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] {gap: .55rem}
[data-testid="stPageLink"] {margin-bottom: -.55rem}
@media (max-width: 640px) {.block-container {padding: 3rem .8rem 2rem}}
</style>
"""


def shell(name: str) -> str:
    """Draw the frame of the page of that name and return the chosen device.

    Every page calls it first: Streamlit finds the pages by their files, and a link may open any of them cold.
    """
    title = VIEWS[name].title if name in VIEWS else name
    st.set_page_config(page_title=f"{title} · Explorer", page_icon=":material/visibility:", layout="wide")
    st.html(STYLE)
    with st.sidebar:
        st.page_link("app.py", label="**Explorer**", icon=":material/visibility:")
        for section, views in sections().items():
            st.caption(section)
            for view in views:
                st.page_link(view.page, label=view.title, icon=view.icon)
        st.caption("Catalogue")
        st.page_link("pages/9_Models.py", label="Models", icon=":material/inventory_2:")
        st.divider()
    return st.session_state.setdefault("device", "auto")


def explain(text: str) -> None:
    """The Markdown text `pages/texts/TEXT.md`."""
    st.markdown((TEXTS / f"{text}.md").read_text(encoding="utf-8"))
