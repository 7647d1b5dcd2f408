"""What is truly in the picture, to be seen and changed: a scene's objects, or a photograph's boxes."""

from __future__ import annotations

import streamlit as st

from explorer.scenes import is_scene
from explorer.ui.composer import objects_table
from explorer.ui.page import Page
from explorer.ui.state import key_of
from explorer.ui.true_boxes import boxes_table
from explorer.views.controls import controls_of

__all__ = ["truth"]


def truth(page: Page) -> None:
    """The scene's objects in a table to edit, or for a photograph the true boxes that the visitor gives."""
    keys = {control.name: key_of(page.view, control) for control in controls_of(page.view.controls)}
    if is_scene(page.controls.picture):
        with st.expander("The scene's objects: edit, add, remove", icon=":material/edit:"):
            objects_table(keys["picture"])
    else:
        with st.expander("Ground-truth boxes", icon=":material/edit:"):
            boxes_table(keys["boxes"], page.controls.picture, page.scope.picture, page.scope.model().classes)
