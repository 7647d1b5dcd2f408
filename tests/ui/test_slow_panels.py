"""A panel that took long is drawn after the quick ones of its page, in its own place."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.settings import variable
from explorer.ui import page, warm
from explorer.ui import panel as panels
from explorer.views import VIEWS
from explorer.views.scope import REMEMBERED
from explorer.views.view import View

APP = Path(__file__).resolve().parents[2] / "app.py"
VIEW = VIEWS["vision-transformer"]
IN_PLACE = ["distance", "prediction"]


def noted_draws(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the panels that are drawn from now on, in their order."""
    drawn: list[str] = []
    draw = View.draw

    def noting(view: View, panel: panels.Panel, *rest: object) -> object:
        drawn.append(panel.name)
        return draw(view, panel, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(View, "draw", noting)
    return drawn


def test_a_slow_panel_comes_last_and_stands_where_it_stood(monkeypatch: pytest.MonkeyPatch):
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    app.switch_page(VIEW.page).run()
    drawn = noted_draws(monkeypatch)
    app.run()
    assert drawn == IN_PLACE
    titles = [each.value for each in app.subheader]
    monkeypatch.setattr(panels, "_seconds", {(VIEW.name, "distance"): 10.0})
    drawn.clear()
    app.run()
    assert drawn == IN_PLACE  # what is in memory takes no time, however long it took
    REMEMBERED.clear()
    drawn.clear()
    app.run()
    assert drawn == ["prediction", "distance"]
    assert not app.exception
    assert [each.value for each in app.subheader] == titles
    assert titles.index(VIEW.panel("distance").title) < titles.index(VIEW.panel("prediction").title)


def test_a_page_that_opens_has_its_first_figure_drawn_before_it_computes_the_rest(
    monkeypatch: pytest.MonkeyPatch,
):
    view = VIEWS["convolution-bias"]
    happened = noted_draws(monkeypatch)
    monkeypatch.setattr(warm, "serves", lambda: True)
    monkeypatch.setattr(warm, "start", lambda: None)
    monkeypatch.setenv(variable("draw_ahead"), "off")
    sleep = time.sleep

    def waiting(seconds: float) -> None:
        happened.append("the browser draws") if seconds == page.FIRST else sleep(seconds)

    monkeypatch.setattr(time, "sleep", waiting)
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    REMEMBERED.clear()
    app.switch_page(view.page).run()
    assert happened == ["depth", "the browser draws", "maps", "distance"]
    REMEMBERED.clear()
    happened.clear()
    app.run()
    assert "the browser draws" not in happened
    assert sorted(happened) == ["depth", "distance", "maps"]
