"""The visitor's choices: in the session while they work, in the page's address so that a link reopens the view."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.views.controls import Control, controls_of
from explorer.views.values import Value
from explorer.views.view import View

__all__ = [
    "LESSON",
    "LESSON_STEP",
    "PANEL",
    "PRESENT",
    "PRESENTED",
    "STEP",
    "address",
    "asked",
    "beside",
    "end",
    "forget_told",
    "heard",
    "keep",
    "key_of",
    "last_set",
    "mirror",
    "tell_new",
    "told",
    "write_address",
]

LESSON, STEP, PRESENT, PANEL = "lesson", "step", "present", "panel"
"""What an address may say beside the controls of its view: a lesson's step, that it is the presenter's view, and the one
panel that the presenter's view and an embedded page show. No control is called so."""
LESSON_STEP = (LESSON, STEP)
PRESENTED = "panel presented"
"""The session's key of the panel that the presenter's view shows."""
BEFORE, DRAWN, ENDED = "sliders before", "sliders drawn", "run ended"
"""The session's keys of the sliders that the browser has, of those drawn in this run, with their shapes, and of whether
the last run came to its end."""

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
    linked = address()
    followed_link = bool(linked) and linked not in _written(view)
    raw: dict[str, Value] = {}
    for control in controls_of(view.controls):
        key = key_of(view, control)
        if control.name in linked and (followed_link or key not in st.session_state):
            raw[control.name] = linked[control.name]
        elif key in st.session_state and not _by_default(key):
            raw[control.name] = st.session_state[key]
    return raw


def keep(
    view: View, values: Mapping[str, Value], shown: Collection[Control], idle: Collection[Control]
) -> None:
    """Put checked values where the widgets find them. Must run before the widgets are drawn. A value that is `idle` is not
    the visitor's choice: the default of a control of another tab may be known only there.

    A slider that the browser shows as it is here, and that is to be `shown` again, is left alone: what is put here goes
    to the browser as well, and would set a slider back that has been dragged on meanwhile.
    """
    before = st.session_state.get(DRAWN, {})
    # Of a run broken off by the next, the browser takes nothing away.
    if not st.session_state.get(ENDED):
        before = {**st.session_state.get(BEFORE, {}), **before}
    # In this order, since the run may be broken off after each.
    st.session_state[BEFORE] = before
    st.session_state[ENDED] = False
    st.session_state[DRAWN] = {}
    for control in controls_of(view.controls):
        key, value = key_of(view, control), values[control.name]
        if control not in shown or key not in before or st.session_state.get(key) != value:
            st.session_state[key] = value
        if control in idle and not _is_shared(control):
            last_set().pop(key, None)
            _defaults()[key] = value
            continue
        last_set()[key] = value
        if _is_shared(control):
            _defaults()[key] = control.default
        else:
            _defaults().pop(key, None)


def tell_new(key: str, shape: object) -> None:
    """A slider is about to be drawn. One of another shape than before, or of none, is a new one to the browser, and is
    told its value."""
    # A part of the page that runs alone draws it a second time.
    if shape not in (st.session_state[BEFORE].get(key), st.session_state[DRAWN].get(key)):
        st.session_state[key] = st.session_state[key]
    st.session_state[DRAWN][key] = shape


def end() -> None:
    """The page is drawn to its end: the browser has the sliders of this run, and no others."""
    st.session_state[ENDED] = True


def mirror(key: str, value: Value, shape: object) -> None:
    """Have a slider that is about to be drawn show the value of a control that is not its own. One that has it is left alone,
    since it may have been dragged on meanwhile."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    tell_new(key, shape)


def last_set() -> dict[str, Value]:
    """What was last set on any page, by key. Streamlit forgets what widgets hold on a page that does not draw them."""
    return st.session_state.setdefault("last set", {})


def write_address(view: View, controls: dict[str, str]) -> None:
    """Make the page's address say what is set."""
    if controls not in _written(view):
        _written(view).append(controls)
        del _written(view)[:-200]
    for names in (LESSON_STEP, (PANEL,)):
        _note(names, _saying(names, beside()))
    whole = {**controls, **beside()}
    if dict(st.query_params) != whole:
        st.query_params.from_dict(whole)


def told(names: Sequence[str]) -> dict[str, str]:
    """What the address newly says of these, which stand beside the controls; {} where it says what it has said before, and
    the visitor did not go back there: a rerun asked for before the last answer came still has the address of then.

    It stays new until it is `heard`: the run may be broken off before it has done what is said."""
    message = _saying(names, st.query_params)
    return message if message not in _told(names) or _went_back() else {}


def heard(names: Sequence[str]) -> None:
    """What the address says of these is done."""
    _note(names, _saying(names, st.query_params))


def forget_told(names: Sequence[str]) -> None:
    """What the address has said of these counts as new again."""
    _told(names).clear()


def address() -> dict[str, str]:
    """What the address says of the view's controls."""
    return {
        name: value for name, value in st.query_params.items() if name not in (LESSON, STEP, PRESENT, PANEL)
    }


def beside() -> dict[str, str]:
    """What the address is to say beside the controls, whatever the view; whoever it belongs to sets it here."""
    return st.session_state.setdefault("beside the controls", {})


def _told(names: Sequence[str]) -> list[dict[str, str]]:
    return st.session_state.setdefault(f"told of {names[0]}", [])


def _saying(names: Sequence[str], where: Mapping[str, str]) -> dict[str, str]:
    return {name: where[name] for name in names if name in where}


def _note(names: Sequence[str], message: dict[str, str]) -> None:
    if message not in _told(names):
        _told(names).append(message)


def _went_back() -> bool:
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def _is_shared(control: Control) -> bool:
    return (control.kind in SHARED or control.name == "fit") and not control.own


def _defaults() -> dict[str, Value]:
    """What pages have set without anyone's choosing it, by key."""
    return st.session_state.setdefault("set by default", {})


def _by_default(key: str) -> bool:
    """Whether the session holds what a page has set, so that nobody need have chosen it."""
    return key in _defaults() and st.session_state[key] == _defaults()[key]


def _written(view: View) -> list[dict[str, str]]:
    return st.session_state.setdefault(f"addresses of {view.name}", [])
