"""What the app is measured against, and that everything of it is measured."""

import asyncio
import json
from pathlib import Path

import pytest

from explorer.bench.app import BARE
from explorer.bench.bare_page import FOLDER
from explorer.bench.browser import browser, moved, open_page
from explorer.bench.server import serve
from explorer.bench.session import Session, differing
from explorer.bench.slider import tabs_of
from explorer.views import VIEWS
from explorer.views.controls import controls_of
from tests.loops import in_a_loop


def spec(height: int) -> str:
    return json.dumps(
        {"data": [{"type": "scatter", "y": [1, height, 3]}], "layout": {"title": {"text": "T"}}}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    widgets = {"slider": 3, "checkbox": 1, "selectbox": 2, "button": 1, "download_button": 1}
    shapes = {
        "changing": {
            "widgets": widgets,
            "figures": [{"a": spec(2), "b": spec(5)}, {"a": spec(9), "b": spec(5)}],
            "lenses": [{"file": ("x", 3000), "shown": ("y", 7)}, {"file": ("x", 3000), "shown": ("z", 8)}],
        },
        "still": {"widgets": {}, "figures": [{"a": spec(2)}] * 2, "lenses": [{"file": ("x", 3000)}] * 2},
        "lens": {"widgets": {}, "figures": [{}, {}], "lenses": [{"shown": ("y", 7)}, {"shown": ("z", 8)}]},
    }
    for name, contents in shapes.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(contents))
    return tmp_path


def test_the_bare_page_draws_the_same_figures_and_as_many_widgets(folder: Path):
    async def visit(port: int):
        async with Session(port) as session:
            opened = await session.open("", "shape=changing")
            return opened, await session.move("slider 0", 1), await session.move("slider 0", 2)

    with serve(BARE, environment={FOLDER: str(folder)}) as server:
        opened, there, back = in_a_loop(visit(server.port))
    assert opened.widgets == {"slider": 3, "checkbox": 1, "selectbox": 2, "button": 2}
    for rerun, heights in ((opened, (2, 5)), (there, (9, 5)), (back, (2, 5))):
        drawn = [json.loads(rerun.figures[key])["data"][0]["y"][1] for key in ("a", "b")]
        assert (tuple(drawn), rerun.errors) == (heights, [])
    assert [[len(run.lenses[key]) for key in ("file", "shown")] for run in (opened, there)] == [
        [3000, 7],
        [3000, 8],
    ]
    assert opened.lenses["file"] == there.lenses["file"]
    assert len(differing(opened.hashes, there.hashes)) == 2


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_the_browser_times_only_figures_that_changed(folder: Path):
    async def drive():  # Playwright's plain interface wants a thread without a running loop
        return await asyncio.to_thread(timed)

    def timed():
        with serve(BARE, environment={FOLDER: str(folder)}) as server, browser() as page:
            open_page(page, f"{server.url}/?shape=changing")
            drawn = moved(page, "slider 0", times=2, forward=True)
            open_page(page, f"{server.url}/?shape=still")
            still = moved(page, "slider 0", times=1, forward=True)
            open_page(page, f"{server.url}/?shape=lens")
            return drawn, still, moved(page, "slider 0", times=2, forward=True)

    drawn, still, painted = in_a_loop(drive())
    assert still == []
    assert len(drawn) == len(painted) == 2
    assert all(
        0 < item.first <= item.last for item in drawn
    )  # one of the two figures changes, and the component
    assert all(0 < item.first == item.last for item in painted)


def test_every_view_and_tab_with_a_control_is_measured():
    for view in VIEWS.values():
        named = {tab for control in controls_of(view.controls) for tab in control.tabs}
        assert named <= set(tabs_of(view))
