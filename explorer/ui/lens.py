"""The lens on a page: the buffer goes to the browser once, what is shown goes back and forth on clicks and keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.frontend.page import BUNDLE
from explorer.ui.state import key_of
from explorer.views.controls import controls_of
from explorer.views.lens import controls_from, state_of

if TYPE_CHECKING:
    from explorer.ui.page import Page

__all__ = ["lens"]

HEIGHT = "clamp(440px, calc(100dvh - 190px), 1100px)"
"""So that at a projector's 720 pixels the lens and its controls are all in sight."""


@st.cache_resource
def _components() -> tuple[Any, Any]:
    """What takes the buffer, and what shows it: the same code, so that the browser loads it once."""
    code = BUNDLE.read_text(encoding="utf-8")
    return st.components.v2.component("explorer_lens_buffer", js=code), st.components.v2.component(
        "explorer_lens", js=code
    )


def lens(page: Page) -> None:
    """The lens of a view of one vision transformer, set to the view's controls, and setting them."""
    view, controls, scope = page.view, page.controls, page.scope
    from explorer.frontend.pack import digest_of

    try:
        look = scope.look("model", controls.fit)
        buffer = scope.remember(("lens", controls.fit), partial(_packed, look))
        state = state_of(controls, look.tokens)
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")
        return
    key = f"lens {view.name}"
    revision = (st.session_state.get(key) or {}).get("shown", {}).get("revision", 0)

    def told() -> None:
        shown: Mapping[str, Any] = st.session_state[key]["shown"]
        values = controls_from(shown, controls, look.tokens)
        for control in controls_of(view.controls):
            if control.name in values:
                st.session_state[key_of(view, control)] = values[control.name]

    take, show = _components()
    take(key=f"buffer of {key}", data=buffer)
    show(
        key=key,
        data={"lens": digest_of(buffer), "state": state, "revision": revision, "height": HEIGHT},
        on_shown_change=told,
    )


def _packed(look: Any) -> bytes:
    from explorer.frontend.pack import pack

    return pack(look.observation, look.picture, frame=look.frame, title=look.model.entry.title)
