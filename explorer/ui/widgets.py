"""Controls as Streamlit widgets."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.ui.composer import scene_or_photograph
from explorer.ui.pictures import picker
from explorer.ui.state import key_of, tell_new
from explorer.views.controls import Control
from explorer.views.terms import help_of
from explorer.views.view import View

__all__ = ["widget"]


def widget(view: View, control: Control, scope: Any) -> None:
    """Draw the control's widget; its value lies in the session before and after."""
    key, known = key_of(view, control), control.resolved(scope)
    if control.kind == "picture":
        if "scene" in known.choices:
            scene_or_photograph(key, str(known.default))
        else:
            picker(key)
        return
    label = f"{control.label} ({control.unit})" if control.unit else control.label
    options: dict[str, Any] = {"key": key, "help": help_of(control) or None}
    if control.kind == "switch":
        st.toggle(label, **options)
    elif control.kind in ("whole", "real"):
        if known.low == known.high:
            return
        step = control.step if control.kind == "real" else int(control.step or 1)
        tell_new(key, (known.low, known.high, step))
        st.slider(label, known.low, known.high, step=step, **options)
    elif control.kind == "several":
        _several(label, key, known.choices, control)
    elif control.kind == "text":
        st.text_input(label, max_chars=control.longest, **options)
    elif control.kind == "model":
        st.selectbox(
            label,
            _models(control, st.session_state[key]),
            accept_new_options=True,
            placeholder="or any timm name",
            **options,
        )
    elif control.kind == "writer":
        if names := _writers(control, st.session_state[key]):
            st.selectbox(label, names, **options)
    elif len(known.choices) > 1:
        short = len(known.choices) <= 4 and sum(map(len, known.choices)) <= 16
        if short:
            st.segmented_control(label, known.choices, required=True, **options)
        else:
            st.selectbox(label, known.choices, **options)


def _several(label: str, key: str, choices: tuple[str, ...], control: Control) -> None:
    """The session keeps one text, as the address does; the widget wants a list."""
    picked = f"{key} picked"

    def keep() -> None:
        st.session_state[key] = ",".join(st.session_state[picked])

    st.session_state[picked] = [word for word in str(st.session_state[key]).split(",") if word]
    if choices:
        st.multiselect(
            label,
            choices,
            key=picked,
            on_change=keep,
            placeholder=control.nothing,
            help=help_of(control) or None,
        )


def _models(control: Control, chosen: str) -> list[str]:
    """The catalogue's models of the control's families, what is available first."""
    from explorer import zoo

    entries = [entry for family in control.choices for entry in zoo.entries(family=family)]
    names = [entry.name for entry in sorted(entries, key=lambda entry: not zoo.at_hand(entry))]
    names += [name for name, family in st.session_state.get("own models", []) if family in control.choices]
    return names if chosen in names else [chosen, *names]


def _writers(control: Control, chosen: str) -> tuple[str, ...]:
    """The models available that write pictures, or that enlarge them; none where there is nothing to choose."""
    from explorer.zoo.pixel_models import pixel_models

    names = pixel_models(enlarging="enlarging" in control.choices)
    return names if chosen in names else ()
