"""A visitor who closes the tab ends what was computed for them, and leaves the queue."""

import asyncio
from pathlib import Path

from explorer.bench.server import serve
from explorer.bench.session import Session
from tests.loops import in_a_loop

PAGE = """
import dataclasses, pathlib, time
import streamlit as st
from explorer.ui import panel as panels
from explorer.views.controls import text
from explorer.views.scope import Scope
from explorer.views.view import Panel, View

@dataclasses.dataclass(frozen=True)
class Controls:
    who: str = text("Who", "")

def draw(controls, scope):
    mark = pathlib.Path({folder!r}) / controls.who
    mark.with_suffix(".begun").touch()
    try:
        while True:
            if controls.who == "silent":  # work that never says how far it is
                import torch

                product = torch.ones(400, 400) @ torch.ones(400, 400)
            else:
                scope.progress(0.5)
                time.sleep(0.01)
    finally:
        mark.with_suffix(".ended").touch()

who = st.query_params["who"]
pathlib.Path({folder!r}, who + ".came").touch()
panel = Panel("long", "Long", draw, ("who",), heavy=True)
view = View("view", "View", "", "", "", Controls, lambda: (panel,), "")
try:
    panels.show(view, panel, Controls(who), Scope({{}}, lambda reference: None))
finally:
    pathlib.Path({folder!r}, who + ".over").touch()
"""


async def there(path: Path) -> None:
    for _ in range(3000):
        if path.exists():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{path.name} never came")


async def lecture(port: int, folder: Path) -> None:
    tabs: dict[str, asyncio.Task[None]] = {}

    async def visit(who: str) -> None:
        async with Session(port) as session:
            await session.open("", f"who={who}")

    for who in ("first", "second", "third"):
        tabs[who] = asyncio.create_task(visit(who))
        await there(folder / f"{who}.came")
        if who == "first":
            await there(folder / "first.begun")
    tabs["second"].cancel()
    await there(folder / "second.over")
    assert not (folder / "first.ended").exists()
    tabs["first"].cancel()
    await there(folder / "first.ended")
    await there(folder / "third.begun")
    tabs["third"].cancel()
    await there(folder / "third.ended")
    assert not (folder / "second.begun").exists()
    tabs["silent"] = asyncio.create_task(visit("silent"))
    await there(folder / "silent.begun")
    tabs["silent"].cancel()
    await there(folder / "silent.ended")
    await asyncio.gather(*tabs.values(), return_exceptions=True)


def test_work_ends_when_its_visitor_leaves_and_who_left_the_queue_is_not_served(tmp_path: Path):
    page = tmp_path / "page.py"
    page.write_text(PAGE.format(folder=str(tmp_path)))
    with serve(page) as server:
        in_a_loop(lecture(server.port, tmp_path))
