"""The lens on a page: the buffer goes to the browser once, what is shown goes back and forth on clicks and keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.frontend.page import BUNDLE
from explorer.ui.state import key_of
from explorer.views.controls import controls_of
from explorer.views.lens import DETR, VIT

if TYPE_CHECKING:
    from explorer.ui.page import Page

__all__ = ["lens"]

LENSES = {"vision-transformer": VIT, "detr": DETR}
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
    """The view's lens, set to its controls, and setting them."""
    from explorer.frontend.pack import digest_of

    view, controls, scope = page.view, page.controls, page.scope
    way = LENSES[view.name]
    fit = getattr(controls, "fit", getattr(controls, "shape", ""))
    try:
        buffer = scope.remember(("lens", view.name, fit), partial(way.buffer, controls, scope))
        state = way.state(controls, scope)
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")
        return
    key = f"lens {view.name}"
    revision = (st.session_state.get(key) or {}).get("shown", {}).get("revision", 0)

    def told() -> None:
        try:
            values = way.controls(st.session_state[key]["shown"], controls, scope)
        except ExplorerError:  # not from our lens
            return
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
