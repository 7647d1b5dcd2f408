"""A Streamlit page that computes nothing: it draws ready-made figures and as many widgets as a page of the app.

`?shape=NAME` names a JSON file in the folder BARE_PAGE: the numbers of widgets by kind, and two sets of figures,
between which its first slider changes over.
"""

from __future__ import annotations

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


@st.cache_resource
def shape(name: str) -> tuple[Mapping[str, int], list[list[tuple[str, Any]]]]:
    """The widgets, and the two sets of figures by their keys."""
    contents = json.loads((Path(os.environ[FOLDER]) / f"{Path(name).name}.json").read_text(encoding="utf-8"))
    sets = [
        [(key, go.Figure(json.loads(spec))) for key, spec in figures.items()]
        for figures in contents["figures"]
    ]
    return contents["widgets"], sets


def page() -> None:
    st.set_page_config(layout="wide")
    if "shape" not in st.query_params:
        return
    widgets, sets = shape(st.query_params["shape"])
    with st.sidebar:
        moved = st.slider("slider 0", 0, 100, key="slider 0")
        for kind, count in widgets.items():
            for number in range(kind == "slider", count):
                KINDS.get(kind, lambda key: st.button(key, key=key))(f"{kind} {number}")
    for key, figure in sets[moved % 2]:
        st.plotly_chart(figure, key=key, theme=None)


if __name__ == "__main__":
    page()
