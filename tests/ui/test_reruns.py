"""What a rerun costs beside its computations: no file is opened, no folder listed, nothing imported."""

import gc
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import fresh, zoo
from explorer.views import VIEWS
from explorer.views.controls import Control

APP = Path(__file__).resolve().parents[2] / "app.py"
OWN = {str(APP), str(APP.parent / "pages")}
"""Streamlit reads the page's program itself, in a server once a process, here at every rerun."""

_seen: list[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is not None and event in ("open", "os.listdir", "os.scandir", "import"):
        where = str(arguments[0])
        if where not in OWN and str(Path(where).parent) not in OWN:
            _seen.append(f"{event} {where}")


sys.addaudithook(_watch)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(fresh, "LOOKED_AT_EVERY", 1.0)  # as it is in the app
    return AppTest.from_file(str(APP), default_timeout=120).run()


@pytest.mark.parametrize("page", ["app.py", *(view.page for view in VIEWS.values())])
def test_a_rerun_touches_no_file_and_imports_nothing(pages: AppTest, page: str):
    global _seen
    pages.switch_page(page).run().run()
    _seen = []
    try:
        pages.run()
    finally:
        found, _seen = _seen, None
    assert not pages.exception
    assert not pages.error
    assert found == []


def test_the_watch_sees_a_file_that_is_read_and_a_folder_that_is_listed(tmp_path: Path):
    """So that the tests above can fail."""
    global _seen
    _seen = []
    (tmp_path / "file").write_text("")
    list(tmp_path.iterdir())
    found, _seen = _seen, None
    assert [result.split()[0] for result in found] == ["open", "os.listdir"]


def test_a_rerun_works_each_control_out_once_and_loads_each_model_once(
    pages: AppTest, monkeypatch: pytest.MonkeyPatch
):
    pages.switch_page(VIEWS["vision-transformer"].page).run()
    worked_out: list[str] = []
    loaded: list[Any] = []
    work_out, load = Control._resolved, zoo.load

    def counting(self: Control, scope: Any) -> Any:
        if scope is not None:
            worked_out.append(self.name)
        return work_out(self, scope)

    def counted(name: Any, **said: Any) -> Any:
        loaded.append(name)
        return load(name, **said)

    monkeypatch.setattr(Control, "_resolved", counting)
    monkeypatch.setattr(zoo, "load", counted)
    pages.run()
    assert sorted(worked_out) == sorted(set(worked_out)) != []
    assert len(loaded) <= 2  # once to see whether what was asked can be had


def test_a_rerun_does_not_search_all_objects_for_garbage(pages: AppTest):
    """Which takes 0.4 s where torch is loaded, holds up every visitor, and is what Streamlit does unless told not to."""
    whole: list[int] = []

    def note(phase: str, what: dict[str, int]) -> None:
        if phase == "start" and what["generation"] == 2:
            whole.append(1)

    pages.switch_page(VIEWS["vision-transformer"].page).run()
    gc.callbacks.append(note)
    try:
        pages.run().run().run()
    finally:
        gc.callbacks.remove(note)
    assert len(whole) < 3  # Python's own may fall among them
