"""What Home shows: the views as cards, and what is available offline."""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from explorer.formatting import quantity
from explorer.ui.shell import thumbnail
from explorer.views import sections

if TYPE_CHECKING:
    from explorer.zoo.shelf import Row

__all__ = ["at_hand", "cards"]


def cards() -> None:
    """A card for each view, with a picture that the app itself drew (`make thumbnails`)."""
    views = [view for section in sections().values() for view in section]
    for start in range(0, len(views), 3):
        for column, view in zip(st.columns(3), views[start : start + 3], strict=False):
            with column, st.container(border=True):
                if drawn := _address(view.name):
                    st.image(drawn, alt=f"A figure of {view.title}")
                st.page_link(view.page, label=f"**{view.title}**")
                st.caption(view.summary)


@cache
def _address(name: str) -> str:
    """A thumbnail in an address: a file of the page's may be gone before a busy browser asks for it. "" where none is."""
    png = thumbnail(name)
    return f"data:image/png;base64,{base64.b64encode(png).decode()}" if png else ""


def at_hand() -> None:
    """The device and the models that need no network, without loading any of them."""
    from explorer.zoo import hub
    from explorer.zoo.catalogue import entries
    from explorer.zoo.shelf import shelf

    st.subheader("Available offline", anchor=False)
    for entry in entries(source="package"):
        if hub.at_hand(entry):
            st.markdown(
                f"**{entry.name}** — {entry.title}, {quantity(entry.parameters / 1e6)} M parameters. {entry.summary}"
            )
    for group, rows in shelf().items():
        if len(rows) > 1:
            with st.expander(
                f"**{group}** — {len(rows)} models to compare, {_size(rows[0])} parameters each"
            ):
                for row in rows:
                    st.markdown(f"**{row.first.name}** — {row.first.title}{_several(row)}")
            continue
        card = rows[0].first
        measured = f", {accuracy} on held-out pictures" if (accuracy := card.accuracy()) else ""
        st.markdown(
            f"**{card.name}** — {card.title}, {_size(rows[0])} parameters{_several(rows[0])}{measured}"
        )
    st.caption(f"Computing on: {st.session_state.get('device', 'auto')}. More on the page *Models*.")


def _size(row: Row) -> str:
    return f"{quantity(row.first.parameters / 1e6)} M"


def _several(row: Row) -> str:
    return f", {row.trainings}" if row.trainings else ""
