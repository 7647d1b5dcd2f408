"""The visitor's choices: in the session while they work, in the page's address so that a link reopens the view."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from explorer.views.controls import Control, Value, controls_of
from explorer.views.view import View

__all__ = ["asked", "keep", "key_of", "write_address"]

SHARED = ("picture", "model")
"""Kinds of control that mean the same on every page: a picture chosen on one is chosen on the next. One that was not
chosen, but is a page's default, gives way to the next page's own."""


def key_of(view: View, control: Control) -> str:
    """The control's key in the session."""
    return control.name if _is_shared(control) else f"{view.name}:{control.name}"


def asked(view: View) -> dict[str, Value]:
    """What the visitor asks for, by control, unchecked: the session's, or the address's on a first visit.

    An address that this session did not write itself, such as a link opened in the same tab, goes first.
    """
    address = dict(st.query_params)
    followed_link = bool(address) and address not in _written(view)
    raw: dict[str, Value] = {}
    for control in controls_of(view.controls):
        key = key_of(view, control)
        if control.name in address and (followed_link or key not in st.session_state):
            raw[control.name] = address[control.name]
        elif key in st.session_state and not _by_default(control):
            raw[control.name] = st.session_state[key]
    return raw


def keep(view: View, values: Mapping[str, Value]) -> None:
    """Put checked values where the widgets find them. Must run before the widgets are drawn."""
    for control in controls_of(view.controls):
        st.session_state[key_of(view, control)] = values[control.name]
        if _is_shared(control):
            st.session_state[f"default of {control.name}"] = control.default


def write_address(view: View, address: dict[str, str]) -> None:
    """Make the page's address say what is set."""
    if address not in _written(view):
        _written(view).append(address)
        del _written(view)[:-200]
    if dict(st.query_params) != address:
        st.query_params.from_dict(address)


def _is_shared(control: Control) -> bool:
    return (control.kind in SHARED or control.name == "fit") and not control.own


def _by_default(control: Control) -> bool:
    """Whether the session holds what the last page opens with, so that nobody need have chosen it."""
    if not _is_shared(control):
        return False
    return st.session_state[control.name] == st.session_state.get(f"default of {control.name}")


def _written(view: View) -> list[dict[str, str]]:
    return st.session_state.setdefault(f"addresses of {view.name}", [])
