"""What a visitor did counts, if a next run is asked for before the server has taken it in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest

from explorer.lessons import lesson as read_lesson
from explorer.report import Store
from explorer.report.session import Session, put_session
from explorer.ui import lesson, own_report, own_session, present
from explorer.views import VIEWS

APP = Path(__file__).resolve().parents[2] / "app.py"


def asking(then: Callable[..., Any]) -> Callable[..., Any]:
    """The same, and the first time the browser asks for a run before it: with the address of then, and no press of a button."""
    asked: list[RerunData] = []

    def result(*arguments: Any) -> Any:
        if not asked:
            context = get_script_run_ctx()
            assert context is not None
            assert context.script_requests is not None
            asked.append(
                RerunData(context.query_string, WidgetStates(), page_script_hash=context.page_script_hash)
            )
            assert context.script_requests.request_rerun(asked[0])
        return then(*arguments)

    return result


@pytest.mark.parametrize("where", ["before", "within"])
def test_a_press_counts_though_the_next_run_is_asked_for_at_once(where: str, monkeypatch: pytest.MonkeyPatch):
    if where == "within":
        monkeypatch.setattr(present, "_leave", asking(present._leave))
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    app.switch_page(VIEWS["vision-transformer"].page)
    app.query_params["present"] = "1"
    app.run()
    assert not app.title
    if where == "before":
        monkeypatch.setattr(ScriptCache, "get_bytecode", asking(ScriptCache.get_bytecode))
    app.button(key="present leave").click().run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Vision Transformer"]
    assert "present" not in app.query_params


def test_a_link_is_followed_though_the_run_that_reads_it_is_broken_off(monkeypatch: pytest.MonkeyPatch):
    name, number = "01-words-that-refer", 3
    wanted = read_lesson(name).steps[number - 1]
    monkeypatch.setattr(lesson, "_go", asking(lesson._go))
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    app.switch_page(VIEWS[wanted.view].page)
    app.query_params["lesson"], app.query_params["step"] = name, str(number)
    app.run()
    assert not app.exception
    assert any(wanted.heading in each.value and f"step {number} of" in each.value for each in app.markdown)


def test_a_kept_session_is_restored_though_the_run_that_does_it_is_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = Store(tmp_path)
    token = store.begin()
    put_session(store, token, Session({"vision-transformer:depth": 7}))
    monkeypatch.setattr(own_report, "store", lambda: store)
    monkeypatch.setattr(own_session, "_restore", asking(own_session._restore))
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.session_state["own report"] = token
    app.run()
    assert not app.exception
    app.switch_page(VIEWS["vision-transformer"].page).run()
    assert app.query_params["depth"] == "7"
