"""A Streamlit page that computes nothing: it draws ready-made figures and as many widgets as a page of the app.

`?shape=NAME` names a JSON file in the folder BARE_PAGE: the numbers of widgets by kind, and two sets of figures, and of
as many bytes for a component as a lens is sent, between which its first slider changes over.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

FOLDER = "BARE_PAGE"
ONE_OF = ["one", "two", "three"]
KINDS: Mapping[str, Callable[[str], object]] = {
    "slider": lambda key: st.slider(key, 0, 100, key=key),
    "checkbox": lambda key: st.toggle(key, key=key),
    "selectbox": lambda key: st.selectbox(key, ONE_OF, key=key),
    "multiselect": lambda key: st.multiselect(key, ONE_OF, key=key),
    "button_group": lambda key: st.segmented_control(key, ONE_OF, key=key),
    "file_uploader": lambda key: st.file_uploader(key, key=key),
    "number_input": lambda key: st.number_input(key, key=key),
    "text_input": lambda key: st.text_input(key, key=key),
}
PIXELS = """
export default function ({ data, parentElement }) {
  if (parentElement.shown === data[0]) return;
  parentElement.shown = data[0];
  const canvas = parentElement.querySelector("canvas") ?? parentElement.appendChild(document.createElement("canvas"));
  requestAnimationFrame(() => canvas.getContext("2d").putImageData(new ImageData(300, 150), 0, 0));
}
"""
"""Paints where it was sent other bytes."""


@st.cache_resource
def component() -> Callable[..., object]:
    return st.components.v2.component("bare", js=PIXELS)


@st.cache_resource
def shape(name: str) -> tuple[Mapping[str, int], list[list[tuple[str, Any]]], list[dict[str, bytes]]]:
    """The widgets, the two sets of figures by their keys, and what a component is sent with each."""
    contents = json.loads((Path(os.environ[FOLDER]) / f"{Path(name).name}.json").read_text(encoding="utf-8"))
    sets = [
        [(key, go.Figure(json.loads(spec))) for key, spec in figures.items()]
        for figures in contents["figures"]
    ]
    sent = [
        {key: hashlib.shake_128(mark.encode()).digest(size) for key, (mark, size) in lenses.items()}
        for lenses in contents["lenses"]
    ]
    return contents["widgets"], sets, sent


def page() -> None:
    st.set_page_config(layout="wide")
    if "shape" not in st.query_params:
        return
    widgets, sets, sent = shape(st.query_params["shape"])
    with st.sidebar:
        moved = st.slider("slider 0", 0, 100, key="slider 0")
        for kind, count in widgets.items():
            for number in range(kind == "slider", count):
                KINDS.get(kind, lambda key: st.button(key, key=key))(f"{kind} {number}")
    for key, figure in sets[moved % 2]:
        st.plotly_chart(figure, key=key, theme=None)
    for key, data in sent[moved % 2].items():
        component()(key=key, data=data)


if __name__ == "__main__":
    page()
