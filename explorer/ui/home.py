"""What Home shows: the views as cards, and what is at hand."""

from __future__ import annotations

import streamlit as st

from explorer.ui.shell import ROOT
from explorer.views import sections

__all__ = ["at_hand", "cards"]

THUMBNAILS = ROOT / "pages" / "thumbnails"


def cards() -> None:
    """A card for each view, with a picture that the app itself drew (`make thumbnails`)."""
    views = [view for section in sections().values() for view in section]
    for start in range(0, len(views), 3):
        for column, view in zip(st.columns(3), views[start : start + 3], strict=False):
            with column, st.container(border=True):
                thumbnail = THUMBNAILS / f"{view.name}.png"
                if thumbnail.is_file():
                    st.image(str(thumbnail), alt=f"A figure of {view.title}")
                st.page_link(view.page, label=f"**{view.title}**", icon=view.icon)
                st.caption(view.summary)


def at_hand() -> None:
    """The device and the models that need no network, without loading any of them."""
    from explorer.zoo.cards import card_names, read_card

    st.subheader("At hand", anchor=False)
    for name in card_names():
        card = read_card(name)
        accuracy = card.figures.get("accuracy")
        measured = f", {accuracy.value:.1%} of held-out pictures right" if accuracy else ""
        st.markdown(f"**{name}** — {card.title}, {card.parameters / 1e6:.1f} M parameters{measured}")
    st.caption(f"Computing on: {st.session_state.get('device', 'auto')}. More on the page *Models*.")
