"""A slider that is dragged is not set back by an answer to where it has been, and begins where its tab says."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.analysis.detection import run_detr
from explorer.ui import lesson
from explorer.views import VIEWS
from explorer.views.scope import find_picture
from explorer.views.view import View
from explorer.zoo import Model, load

APP = Path(__file__).resolve().parents[2] / "app.py"
KEY = "positions:share"


@pytest.fixture
def positions() -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=120).run()
    page.switch_page(VIEWS["positions"].page).run()
    return page.segmented_control(key="positions:tab").set_value("move").run()


def test_a_new_slider_is_told_its_value_and_one_that_was_moved_is_not_told_again(positions: AppTest):
    slider = positions.slider(key=KEY)
    assert slider.proto.set_value
    moved = slider.set_value(0.5).run().slider(key=KEY)
    assert moved.value == 0.5
    assert not moved.proto.set_value
    assert not positions.run().slider(key=KEY).proto.set_value


def test_a_run_broken_off_by_the_next_before_it_drew_a_slider_does_not_set_it_back(
    positions: AppTest, monkeypatch: pytest.MonkeyPatch
):
    arrived, broken_off = lesson.arrived, []

    def break_off_once(view: View) -> None:
        arrived(view)
        if not broken_off:
            broken_off.append(view)
            st.rerun()

    assert not positions.run().slider(key=KEY).proto.set_value
    monkeypatch.setattr(lesson, "arrived", break_off_once)
    slider = positions.slider(key=KEY).set_value(0.5).run().slider(key=KEY)
    assert broken_off
    assert slider.value == 0.5
    assert not slider.proto.set_value


@pytest.mark.parametrize(
    ("view", "key", "value", "other"),
    [
        ("long-range", "sequence distance", 40, "long-range:distance"),
        ("self-attention", "step picked products", 3, "self-attention:column"),
    ],
)
def test_a_slider_that_shows_anothers_value_is_not_told_what_it_has_said(view, key, value, other):
    page = AppTest.from_file(str(APP), default_timeout=120).run()
    page.switch_page(VIEWS[view].page).run()

    def slider():
        return next(each for each in (*page.slider, *page.select_slider) if each.key == key)

    assert slider().proto.set_value
    slider().set_value(value).run()
    assert page.session_state[other] == slider().value == value
    assert not slider().proto.set_value
    page.session_state[other] = value + 1
    page.run()
    assert slider().value == value + 1
    assert slider().proto.set_value


def test_a_slider_that_was_away_keeps_its_value_and_is_told_it(positions: AppTest):
    positions.slider(key=KEY).set_value(0.5).run()
    positions.segmented_control(key="positions:tab").set_value("compare").run()
    for _ in range(3):
        positions.run()
    back = positions.segmented_control(key="positions:tab").set_value("move").run().slider(key=KEY)
    assert back.value == 0.5
    assert back.proto.set_value


def test_a_slider_whose_ends_move_keeps_what_lies_between_them_and_is_told_it():
    page = AppTest.from_file(str(APP), default_timeout=120).run()
    page.switch_page(VIEWS["attribution"].page).run()
    key = "attribution:row"
    before = page.slider(key=key).set_value(2).run().slider(key=key)
    page.selectbox(key="model").set_value("vit-128").run()
    after = page.slider(key=key)
    assert after.max != before.max
    assert after.value == 2
    assert after.proto.set_value


def test_a_default_that_only_its_tab_knows_is_asked_for_there():
    page = AppTest.from_file(str(APP), default_timeout=120).run()
    page.switch_page(VIEWS["detr"].page).run()
    page.segmented_control(key="detr:tab").set_value("queries").run()
    output = run_detr(load("detr-photos", kind=Model), find_picture("dog"))
    surest = int(output.logits[-1].softmax(-1)[:, :-1].max(-1).values.argmax())
    assert surest != 0
    assert page.session_state["detr:query"] == surest
    page.segmented_control(key="detr:tab").set_value("pipeline").run()
    page.segmented_control(key="detr:tab").set_value("queries").run()
    assert page.session_state["detr:query"] == surest
