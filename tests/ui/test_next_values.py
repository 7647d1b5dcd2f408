"""What a visitor probably looks at next is drawn while nobody waits, and holds up nobody."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from explorer.bounds import check
from explorer.settings import variable
from explorer.ui import next_values as ahead
from explorer.ui import panel as panels
from explorer.ui import warm
from explorer.ui.lens import prepare
from explorer.ui.pictures import find
from explorer.views import VIEWS
from explorer.views.controls import control_of, resolve
from explorer.views.panel import Panel
from explorer.views.scope import REMEMBERED, open_scope

APP = Path(__file__).resolve().parents[2] / "app.py"
VIEW = VIEWS["convolution-bias"]
SLIDER = "right"


def opened(**asked: Any) -> tuple[Any, Any]:
    scope, _ = open_scope(VIEW.controls, asked, find)
    return resolve(VIEW.controls, asked, scope)[0], scope


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 180
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a server, and as if every panel took long, but none too long."""
    REMEMBERED.clear()
    monkeypatch.setattr(warm, "serves", lambda: True)
    monkeypatch.setattr(warm, "start", lambda: None)
    monkeypatch.setattr(ahead, "LEAST", 0.0)
    monkeypatch.setattr(ahead, "MOST", 600.0)
    monkeypatch.setattr(ahead, "ENOUGH", 600.0)
    yield
    nothing = replace(VIEW, find_panels=lambda: ())
    ahead._thread().show(replace(page_of(), view=nothing))
    assert until(lambda: ahead._thread()._page is None)
    REMEMBERED.clear()


def drawn_for_visitors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The panels that are drawn from now on, but for what is drawn ahead."""
    drawn, draw = list[str](), Panel.draw

    def noting(panel: Panel, controls: Any, scope: Any) -> Any:
        if threading.current_thread().name != "next values":
            drawn.append(panel.name)
        return draw(panel, controls, scope)

    monkeypatch.setattr(Panel, "draw", noting)
    return drawn


class Slow:
    """A panel that is drawn until it is told that it is enough."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.enough = threading.Event(), threading.Event()
        self.ends = list[str]()

        def draw(panel: Panel, controls: Any, scope: Any) -> Any:
            self.begun.set()
            try:
                while not self.enough.is_set():
                    check()
                    time.sleep(0.005)
            except BaseException as end:
                self.ends.append(type(end).__name__)
                raise
            self.ends.append("drawn")
            return "a drawing"

        monkeypatch.setattr(Panel, "draw", draw)


def page_of(**asked: Any) -> ahead._Page:
    controls, scope = opened(**asked)
    return ahead._Page(VIEW, controls, scope, controls, "a session")


def test_the_next_value_is_there_before_the_slider_is_moved(served: None, monkeypatch: pytest.MonkeyPatch):
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    app.switch_page(VIEW.page).run()
    slider = app.slider(key=f"{VIEW.name}:{SLIDER}")
    controls, scope = opened()
    value = slider.value + (1 if slider.max - slider.value >= slider.value - slider.min else -1)
    controls = replace(controls, **{SLIDER: value})
    concerned = [panel for panel in VIEW.panels_on(controls.tab) if SLIDER in panel.uses]
    assert concerned
    assert until(lambda: all(VIEW.drawn(panel, controls, scope) for panel in concerned))
    drawn = drawn_for_visitors(monkeypatch)
    slider.set_value(value).run()
    assert not app.exception
    assert drawn == []


def test_the_other_tabs_are_there_before_they_are_opened(served: None, monkeypatch: pytest.MonkeyPatch):
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    app.switch_page(VIEW.page).run()
    missing = [(panel, *opened(tab=tab)) for tab in VIEW.tabs for panel in VIEW.panels_on(tab)]
    assert until(lambda: all(VIEW.drawn(*each) for each in missing))
    drawn = drawn_for_visitors(monkeypatch)
    for tab in VIEW.tabs:
        app.session_state[f"{VIEW.name}:tab"] = tab
        app.run()
        assert not app.exception
        assert app.session_state[f"{VIEW.name}:tab"] == tab
    assert drawn == []


def test_what_takes_too_long_is_given_up_once_and_for_all(served: None, monkeypatch: pytest.MonkeyPatch):
    slow, thread = Slow(monkeypatch), ahead._thread()
    monkeypatch.setattr(thread, "_given_up", set())
    monkeypatch.setattr(ahead, "MOST", 0.0)
    monkeypatch.setattr(panels, "_seconds", {})
    for _ in range(2):
        thread.show(page_of())
        assert until(lambda: thread._page is None)
        assert {f"{VIEW.name} depth", f"{VIEW.name} scramble"} <= thread._given_up
        assert slow.ends == ["_NeededElsewhereError"] * len(thread._given_up)


@given(value=st.integers(0, 32), before=st.integers(0, 32))
def test_values_lie_one_step_beside_those_set_and_first_where_the_slider_was_moved(value: int, before: int):
    controls, scope = opened()
    found = ahead.next_values(
        VIEW, replace(controls, **{SLIDER: value}), scope, replace(controls, **{SLIDER: before})
    )
    values = [each for name, each in found if name == SLIDER]
    assert sorted(values) == [each for each in (value - 1, value + 1) if 0 <= each <= 32]
    further = value + 1 if value > before else value - 1
    if value != before and 0 <= further <= 32:
        assert found[0] == (SLIDER, further)
    others = {name for name, _ in found}
    assert all(control_of(VIEW.controls, name).concerns(controls) for name in others)


def test_a_page_that_needs_something_else_ends_it(
    served: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    slow = Slow(monkeypatch)
    ahead._thread().show(page_of())
    assert slow.begun.wait(60)
    request.getfixturevalue("running")
    assert until(lambda: bool(slow.ends))
    assert slow.ends == ["_NeededElsewhereError"]


def test_a_page_that_waits_for_what_is_drawn_has_it(
    served: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    slow, page = Slow(monkeypatch), page_of()
    ahead._thread().show(page)
    assert slow.begun.wait(60)
    name, value = ahead.next_values(VIEW, page.controls, page.scope, page.controls)[0]
    panel = next(panel for panel in VIEW.panels_on(page.controls.tab) if name in panel.uses)
    got = list[object]()
    visitor = threading.Thread(
        target=lambda: got.append(VIEW.draw(panel, replace(page.controls, **{name: value}), page.scope))
    )
    visitor.start()
    assert until(lambda: any(making.wanted for making in REMEMBERED._underway.values()))
    request.getfixturevalue("running")
    time.sleep(2 * ahead.GRACE)
    assert slow.ends == []
    slow.enough.set()
    visitor.join()
    assert got == ["a drawing"]
    assert slow.ends[0] == "drawn"


def test_nothing_begins_while_a_page_is_run(
    served: None, running: threading.Event, monkeypatch: pytest.MonkeyPatch
):
    slow = Slow(monkeypatch)
    slow.enough.set()
    ahead._thread().show(page_of())
    assert not slow.begun.wait(3 * ahead.SETTLE)
    running.set()
    assert slow.begun.wait(60)


def test_it_rests_while_many_visitors_are_busy(served: None, monkeypatch: pytest.MonkeyPatch):
    slow, thread, page = Slow(monkeypatch), ahead._thread(), page_of()
    monkeypatch.setattr(thread, "_visitors", {})
    for number in range(ahead.FEW):
        thread.show(replace(page, session=str(number)))
    assert slow.begun.wait(60)
    thread.show(replace(page, session="one more"))
    assert until(lambda: bool(slow.ends))
    slow.begun.clear()
    assert not slow.begun.wait(3 * ahead.SETTLE)
    assert slow.ends == ["_NeededElsewhereError"]
    monkeypatch.setattr(ahead, "RECENTLY", 0.0)
    thread.show(page)
    assert slow.begun.wait(60)


def test_whoever_runs_the_server_can_do_without(served: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(variable("draw_ahead"), "off")
    shown = list[object]()
    monkeypatch.setattr(ahead._Thread, "show", lambda self, page: shown.append(page))
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    app.switch_page(VIEW.page).run()
    assert not app.exception
    assert shown == []
    monkeypatch.setenv(variable("draw_ahead"), "on")
    app.run()
    assert len(shown) == 1
    monkeypatch.undo()


@pytest.mark.parametrize("tab", ["generate", "complete"])
def test_what_is_a_visitors_own_is_drawn_for_nobody_else(tab: str):
    """Of a panel of his own only what its lens is sent, which is no one's."""
    view = VIEWS["image-transformer"]
    scope, _ = open_scope(view.controls, {}, find)
    controls, _ = resolve(view.controls, {"tab": tab}, scope)
    own = {f"{view.name} {panel.name}": panel for panel in view.panels_on("generate")}
    assert all(panel.own for panel in own.values())
    assert not all(panel.lens for panel in own.values())
    REMEMBERED.clear()
    drawings = list(ahead._drawings(ahead._Page(view, controls, scope, controls, "")))
    assert {name for name, _ in drawings} - own.keys()
    ahead_of_own = [(own[name], draw) for name, draw in drawings if name in own]
    assert ahead_of_own
    assert all(panel.lens and draw.func is prepare for panel, draw in ahead_of_own)
    scope.own["writing"] = "this visitor's"
    assert scope.with_asked({}).own == {}


def test_what_a_lens_needs_for_the_next_value_is_there_before_its_slider_is_moved():
    view, picked = VIEWS["image-transformer"], "seed"
    asked = {"tab": "generate", "writer": "pixels-digits"}
    scope, _ = open_scope(view.controls, asked, find)
    controls, _ = resolve(view.controls, asked, scope)
    page = ahead._Page(view, controls, scope, replace(controls, **{picked: controls.seed - 1}), "")
    REMEMBERED.clear()
    _, draw = next(ahead._drawings(page))
    draw()
    lens = view.panel("canvas").lens_for(controls, scope)
    assert lens is not None
    names = {seed: lens.files(replace(controls, seed=seed), scope)[0].name for seed in range(3)}
    kept = [seed for seed, name in names.items() if scope.remembers(("lens", name))]
    assert kept == [controls.seed + 1]
