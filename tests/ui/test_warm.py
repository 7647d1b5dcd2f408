"""What is loaded ahead is what a page then asks for."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.frontend import pack as frontend
from explorer.ui import warm
from explorer.views import VIEWS
from explorer.views.scope import REMEMBERED
from explorer.views.view import View

APP = Path(__file__).resolve().parents[2] / "app.py"
VIEW = VIEWS["self-attention"]


@pytest.fixture
def loaded(running: threading.Event, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set when the first view is loaded ahead, which begins while a page is run that does not end before the test."""
    loaded = threading.Event()
    monkeypatch.setattr(warm, "VIEWS", {VIEW.name: VIEW})
    monkeypatch.setattr(warm, "_load", lambda view: loaded.set())
    monkeypatch.setattr(warm, "_draw", lambda view: None)
    thread = threading.Thread(target=warm.warm_up)
    thread.start()
    yield loaded
    running.set()
    thread.join()
    assert loaded.is_set()


def test_the_first_figure_of_a_page_is_ready_when_it_is_opened(monkeypatch: pytest.MonkeyPatch):
    REMEMBERED.clear()
    monkeypatch.setattr(warm, "VIEWS", {VIEW.name: VIEW})
    niceness = os.nice(0)
    thread = threading.Thread(target=warm.warm_up)
    thread.start()
    thread.join()
    assert os.nice(0) == niceness  # its own priority, nobody else's
    ready: list[bool] = []
    draw = View.draw

    def noting(view: View, panel: object, *rest: object) -> object:
        ready.append(view.drawn(panel, *rest))  # type: ignore[arg-type]
        return draw(view, panel, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(View, "draw", noting)
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    app.switch_page(VIEW.page).run()
    assert ready[0]
    assert not all(ready)


def test_what_a_lens_is_sent_is_ready_when_its_page_is_opened(monkeypatch: pytest.MonkeyPatch):
    REMEMBERED.clear()
    view = VIEWS["vision-transformer"]
    monkeypatch.setattr(warm, "VIEWS", {view.name: view})
    thread = threading.Thread(target=warm.warm_up)
    thread.start()
    thread.join()
    made: list[str] = []
    pack = frontend.pack

    def noting(*given: object, **options: object) -> bytes:
        made.append(str(options["name"]))
        return pack(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(frontend, "pack", noting)
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    assert app.switch_page(view.page).run().exception == []
    assert made == []
    app.toggle(key=f"{view.name}:trained").set_value(True).run()
    assert made == []
    app.selectbox(key="picture").set_value("coffee").run()
    assert len(made) == 1


def test_nothing_is_loaded_ahead_where_no_server_runs():
    AppTest.from_file(str(APP), default_timeout=120).run()
    assert all(thread.name != "warm up" for thread in threading.enumerate())


def test_what_cannot_be_loaded_does_not_stop_the_rest(monkeypatch: pytest.MonkeyPatch):
    loaded: list[str] = []

    def load(view: View) -> None:
        loaded.append(view.name)
        raise ValueError("broken")

    monkeypatch.setattr(warm, "_load", load)
    thread = threading.Thread(target=warm.warm_up)
    thread.start()
    thread.join()
    assert loaded == 2 * list(VIEWS)


def test_it_waits_while_a_page_is_run(loaded: threading.Event):
    assert not loaded.wait(0.5)


def test_it_does_not_wait_for_a_page_that_never_ends(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    monkeypatch.setattr(warm, "PATIENCE", 0.2)
    assert request.getfixturevalue("loaded").wait(60)
