"""What takes long shows how long and can be cancelled, and what was cancelled can be computed after all."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explorer.bench.server import serve

SCRIPT = """
import dataclasses, pathlib
import streamlit as st
from explorer.figures.ready import ReadyFigure
from explorer.ui import panel as panels
from explorer.views.controls import text
from explorer.views.lens import File, Lens
from explorer.views.scope import Scope
from explorer.views.view import Panel, View

@dataclasses.dataclass(frozen=True)
class Controls:
    who: str = text("Who", "")

def draw(controls, scope):
    import torch

    folder = pathlib.Path({folder!r})
    (folder / "begun").touch()
    try:
        while not (folder / "go").exists():
            product = torch.ones(400, 400) @ torch.ones(400, 400)
    finally:
        (folder / "ended").touch()
    from explorer.errors import AnalysisError
    raise AnalysisError("It is done")

st.write("Above")
file = File("file", lambda: draw(None, None))
lens = {lens}
panel = Panel("long", "Long", draw, ("who",), lens=lens)
view = View("view", "View", "", "", "", Controls, lambda: (panel,), "")
panels.show(view, panel, Controls("me"), Scope({{}}, lambda reference: None))
"""


@pytest.mark.browser
@pytest.mark.parametrize("lens", ["None", "Lens('generation', lambda controls, scope: (file,))"])
def test_a_long_figure_is_cancelled_and_computed_after_all(page: Page, tmp_path: Path, lens: str):
    script = tmp_path / "page.py"
    script.write_text(SCRIPT.format(folder=str(tmp_path), lens=lens))
    with serve(script) as server:
        page.goto(server.url)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Cancelled.")).to_be_visible()
        while not (
            tmp_path / "ended"
        ).exists():  # the page is drawn anew while the work before comes to its end
            page.wait_for_timeout(50)
        (tmp_path / "go").touch()
        page.get_by_role("button", name="Compute it").click()
        expect(page.get_by_text("It is done.")).to_be_visible()
        expect(page.get_by_text("Cancelled.")).to_have_count(0)
