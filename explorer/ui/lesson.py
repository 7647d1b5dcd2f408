"""The lesson on the screen: its bar at the foot, and the way through its steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.lessons import Lesson, Step, lesson, lessons
from explorer.lessons.checking import open_step, raw_controls, right_answer
from explorer.ui.pictures import find
from explorer.ui.state import (
    LESSON,
    LESSON_STEP,
    PRESENTED,
    STEP,
    address,
    beside,
    forget_told,
    heard,
    key_of,
    last_set,
    told,
)
from explorer.views import view as view_named
from explorer.views.controls import controls_of
from explorer.views.values import Value
from explorer.views.view import View

__all__ = ["arrive", "arrived", "bar", "hides", "set_by_step", "shelf", "spotlit"]

VISIT = "lesson"
NOTHING = object()
"""The visitor's own value of a control that had none."""
STYLE = """
<style>
.stApp [data-testid="stBottomBlockContainer"] {padding: 0 2rem .6rem; max-width: 1500px}
.stApp .st-key-lesson {gap: .3rem; max-height: 45vh; overflow-y: auto}
.stApp .st-key-lesson p {line-height: 1.4}
.stApp .st-key-lesson [data-testid="stProgress"] * {height: .25rem; min-height: 0}
.stApp .st-key-lesson .stButton button {min-height: 2rem; padding: .1rem .7rem}
</style>
"""
SPOTLIGHT = """
<style>
.stApp:has({panel}) [class*="st-key-panel-"]:not({panel}):not(:hover) :is(.stPlotlyChart, .stDataFrame) {{opacity: .4; transition: opacity .2s}}
{panel} {{outline: 3px solid #4c6ef5; outline-offset: 8px; border-radius: 4px; scroll-margin-top: 4.5rem}}
</style>
<script>
(() => {{
  if (window.explorerStep === {step}) return;
  window.explorerStep = {step};
  let scrolled = false;
  addEventListener("wheel", () => {{ scrolled = true }}, {{once: true}});
  let left = 60, quiet = 0;
  const look = setInterval(() => {{
    const panel = document.querySelector({selector});
    if (scrolled || window.explorerStep !== {step}) return clearInterval(look);
    if (!panel) return;
    if (!left--) return clearInterval(look);
    panel.scrollIntoView({{block: "start"}});
    quiet = document.querySelector("[data-test-script-state=notRunning]") ? quiet + 1 : 0;
    if (quiet > 3) clearInterval(look);
  }}, 250);
}})();
</script>
"""


@dataclass
class Visit:
    """Where a visitor is in a lesson, and what it has changed of their settings."""

    name: str
    number: int = 1
    there: bool = False
    """Whether the step's view has been opened as the step says. Later the visitor may change it, or go elsewhere."""
    linked: dict[str, str] = field(default_factory=dict)
    """The controls that the link to the step said beside it."""
    given: dict[str, Any] = field(default_factory=dict)
    """What steps have set, by the session's keys."""
    own: dict[str, Any] = field(default_factory=dict)
    """What the visitor had there."""
    chosen: dict[int, str] = field(default_factory=dict)
    """The answers chosen, by the number of the step."""

    @property
    def lesson(self) -> Lesson:
        return lesson(self.name)

    @property
    def step(self) -> Step:
        return self.lesson.steps[self.number - 1]

    @property
    def changed(self) -> bool:
        """Whether the visitor has set something else than the step."""
        state, view = st.session_state, view_named(self.step.view)
        keys = [key_of(view, control) for control in controls_of(view.controls)]
        return any(key in state and state[key] != self.given.get(key) for key in keys)


def arrive(page: str) -> None:
    """Open the lesson that the address speaks of, and the page of its step. Every page calls it first."""
    try:
        _follow_address(page)
        if (visit := _visit()) and not visit.there:
            raw_controls(visit.step)  # refused here, where the lesson can still be closed
            if visit.step.view != page:
                st.switch_page(view_named(visit.step.view).page)
    except ExplorerError as error:
        _close()
        st.warning(str(error), icon=":material/undo:")
        heard(LESSON_STEP)


def set_by_step(view: View) -> Mapping[str, Value] | None:
    """The controls of the step that is being opened, and what its link says beside it; None where none is."""
    visit = _visit()
    if visit is None or visit.there or visit.step.view != view.name:
        return None
    state = st.session_state
    for control in controls_of(view.controls):
        key = key_of(view, control)
        if key not in visit.own or (key in state and state[key] != visit.given.get(key)):
            visit.own[key] = state.get(key, last_set().get(key, NOTHING))
    return {**raw_controls(visit.step), **visit.linked}


def arrived(view: View) -> None:
    """Remember what the step has set, once its controls are in the session."""
    visit = _visit()
    if visit is None or visit.there or visit.step.view != view.name:
        return
    visit.there, visit.linked = True, {}
    st.session_state[PRESENTED] = visit.step.panel
    for control in controls_of(view.controls):
        visit.given[key_of(view, control)] = st.session_state[key_of(view, control)]


def hides(view: View) -> bool:
    """Whether the view's figures wait for an answer."""
    visit = _visit()
    if visit is None or visit.step.view != view.name:
        return False
    return visit.step.question is not None and visit.number not in visit.chosen


def spotlit(view: View) -> str:
    """The name of the panel of which the step speaks; "" outside a lesson and on other pages."""
    visit = _visit()
    return visit.step.panel if visit and visit.step.view == view.name else ""


def bar(page: str) -> None:
    """The step's text and question at the foot of the page, with the buttons that lead on."""
    if (visit := _visit()) is None:
        return
    message, step = visit.lesson, visit.step
    st.html(STYLE)
    with st.bottom, st.container(key="lesson"):
        st.progress(visit.number / len(message.steps))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f"**{step.heading}** &ensp; :gray[:small[{message.title}, step {visit.number} of {len(message.steps)}]]",
                width="stretch",
            )
            _buttons(visit, len(message.steps), page)
        st.markdown(step.text)
        if step.question:
            _question(visit, step)
    panel = f".st-key-panel-{step.view}-{step.panel}"
    if step.view == page:
        st.html(
            SPOTLIGHT.format(
                panel=panel, selector=json.dumps(panel), step=json.dumps(f"{visit.name} {visit.number}")
            ),
            unsafe_allow_javascript=True,
        )


def shelf() -> None:
    """Home's list of lessons."""
    if not (results := lessons()):
        return
    forget_told(LESSON_STEP)  # a lesson begun again says what it said the first time
    st.subheader("Lessons", anchor=False)
    columns = st.columns(2, gap="medium")
    for at, (name, result) in enumerate(results.items()):
        with columns[at % 2]:
            st.page_link(
                view_named(result.steps[0].view).page,
                label=f"**{result.title}** :small[:gray[{result.minutes} minutes, {result.level}]]",
                icon=":material/school:",
                query_params={LESSON: name, STEP: "1"},
                help=result.source,
            )


def _visit() -> Visit | None:
    return st.session_state.get(VISIT)


def _follow_address(page: str) -> None:
    """Go where the address says, unless this session wrote it, or is about to write another."""
    message = told(LESSON_STEP)
    if LESSON not in message:
        return
    visit = _visit()
    opened, number = lesson(message[LESSON]), message.get(STEP, "1")
    if not number.isdecimal() or not 1 <= int(number) <= len(opened.steps):
        st.warning(
            f"“{opened.title}” has steps 1 to {len(opened.steps)}. Step 1 is opened.", icon=":material/undo:"
        )
        number = "1"
    if visit is None or visit.name != opened.name:
        _close()
        st.session_state[VISIT] = visit = Visit(opened.name)
    _go(int(number))
    visit.linked = address() if visit.step.view == page else {}
    heard(LESSON_STEP)


def _go(number: int) -> None:
    """To that step: its view opens as the page is drawn anew, and only then the address says so."""
    visit = st.session_state[VISIT]
    visit.number, visit.there, visit.linked = number, False, {}
    beside().update({LESSON: visit.name, STEP: str(number)})


def _close() -> None:
    """Leave the lesson: what it set, and the visitor has not changed since, is as the visitor had it."""
    visit, state = st.session_state.pop(VISIT, None), st.session_state
    for name in (LESSON, STEP):
        beside().pop(name, None)
    if visit is None:
        return
    for key, value in visit.own.items():
        if key in state and state[key] != visit.given.get(key):
            continue
        if value is NOTHING:
            state.pop(key, None)
        else:
            state[key] = value


def _buttons(visit: Visit, steps: int, page: str) -> None:
    if visit.there and (visit.step.view != page or visit.changed):
        st.button(
            "Show the step again",
            key="lesson again",
            type="tertiary",
            icon=":material/replay:",
            on_click=partial(_go, visit.number),
        )
    st.button(
        "Back",
        icon=":material/arrow_back:",
        key="lesson back",
        on_click=partial(_go, visit.number - 1),
        disabled=visit.number == 1,
        help="← or Page Up",
    )
    st.button(
        "Next",
        icon=":material/arrow_forward:",
        key="lesson next",
        type="primary",
        on_click=partial(_go, visit.number + 1),
        disabled=visit.number == steps,
        help="→ or Page Down",
    )
    st.button("Close", key="lesson close", type="tertiary", icon=":material/close:", on_click=_close)


def _question(visit: Visit, step: Step) -> None:
    assert step.question is not None
    chosen = visit.chosen.get(visit.number)
    if chosen is None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{step.question.text}**", width="content")
            for number, answer in enumerate(step.question.answers, 1):
                st.button(
                    f"{number} · {answer.text}",
                    key=f"lesson answer {number}",
                    on_click=partial(visit.chosen.update, {visit.number: answer.text}),
                )
        return
    try:
        right = right_answer(step, open_step(step, find, strict=False))
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")
        return
    message = f":green[:material/check: **{right}** is right.]"
    if chosen != right:
        message = f":orange[:material/close: By the model's own numbers it is **{right}**, not {chosen}.]"
    st.markdown(f"**{step.question.text}** {message} {step.question.explanation}")
