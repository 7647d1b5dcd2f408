"""What a visitor did counts, if a next run is asked for before the server has taken it in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest

from explorer.ui import present
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
