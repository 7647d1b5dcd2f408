"""How figures look on paper, asked once for all of a visitor's figures."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.export.style import COLOURS, COLUMNS, PaperStyle

__all__ = ["paper"]

LAST_STYLE = "paper"
DEFAULTS: dict[str, Any] = {
    "column": "double",
    "width": 120.0,
    "font_size": 8.0,
    "dpi": 300,
    "colours": COLOURS[0],
    "caption": True,
}


def paper(key: str, *, caption: bool = True) -> PaperStyle:
    """Widgets for the style, with what was last chosen anywhere."""
    last_style = st.session_state.setdefault(LAST_STYLE, dict(DEFAULTS))

    def key_of(name: str) -> str:
        place = f"paper {name} {key}"
        st.session_state.setdefault(place, last_style[name])
        return place

    last_style["column"] = st.segmented_control(
        "Width",
        [*COLUMNS, "other"],
        required=True,
        key=key_of("column"),
        help=", ".join(f"{name} column {width:g} mm" for name, width in COLUMNS.items()),
    )
    if last_style["column"] == "other":
        last_style["width"] = st.number_input("Width (mm)", 20.0, 1000.0, step=5.0, key=key_of("width"))
    left, right = st.columns(2)
    last_style["font_size"] = left.number_input("Text (points)", 4.0, 40.0, step=0.5, key=key_of("font_size"))
    last_style["dpi"] = right.selectbox("PNG (dpi)", [150, 300, 600, 1200], key=key_of("dpi"))
    last_style["colours"] = st.selectbox(
        "Colours",
        COLOURS,
        key=key_of("colours"),
        help="Of magnitudes on paper; all are perceptually uniform. What has a sign keeps its own.",
    )
    if caption:
        last_style["caption"] = st.toggle("Caption", key=key_of("caption"))
    other = last_style["column"] == "other"
    return PaperStyle(
        column="double" if other else last_style["column"],
        width=last_style["width"] if other else None,
        font_size=last_style["font_size"],
        dpi=float(last_style["dpi"]),
        colours=last_style["colours"],
        caption=bool(last_style["caption"]),
    )
