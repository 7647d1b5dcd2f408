"""What the browser will need for a figure, fetched while Home is read: a view then opens without waiting for it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import streamlit as st

__all__ = ["fetch_ahead"]

PROGRAMS = (
    *("PlotlyChart", "BidiComponent", "Slider", "Checkbox", "Selectbox", "ButtonGroup", "Progress"),
    *("NumberInput", "TextInput", "Multiselect", "DataFrame", "rehype-katex"),
)
"""Beginnings of the names of Streamlit's programs that draw what the views show; the first is 4.7 MB."""
SCRIPT = """<script>
(() => {
  if (window.explorerAhead) return;
  window.explorerAhead = true;
  const { src } = document.querySelector("script[type=module][src*='/js/index.']");
  const idle = window.requestIdleCallback ?? setTimeout;
  const one = ([name, ...rest]) => name && idle(() => import(new URL(name, src)).catch(() => {}).then(() => one(rest)));
  setTimeout(one, 1500, %s);
})();
</script>"""
"""One after the other, where the page has nothing to do: to run the first takes half a second."""


def fetch_ahead() -> None:
    """Have the browser load those programs once Home is painted. It also keeps them compiled: a page's first figure comes
    about half a second sooner than if they were only fetched."""
    st.html(SCRIPT % json.dumps(_programs()), unsafe_allow_javascript=True)


@cache
def _programs() -> list[str]:
    folder = Path(st.__file__).parent / "static" / "static" / "js"
    return [found.name for name in PROGRAMS for found in sorted(folder.glob(f"{name}.*.js"))]
