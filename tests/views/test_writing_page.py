"""The page on which a picture too large to be sent is written, without a browser: what a slow one sends late."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Slider

APP = Path(__file__).parents[2] / "app.py"


def place(app: AppTest) -> Slider:
    return next(slider for slider in app.slider if slider.label == "Step")


def test_a_slider_of_the_past_that_is_sent_late_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.frontend.generation.LARGEST", 0)
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    app.switch_page("pages/4_Image_Transformer.py")
    app.query_params["written"] = "22"
    app.run()
    assert not app.exception
    assert any("too large to be sent" in caption.value for caption in app.caption)
    assert place(app).value == 22
    past = place(app)._widget_state
    next(button for button in app.button if button.label == "End").click().run()
    assert place(app).value == 64
    late = app._tree.get_widget_states()
    late.widgets.append(past)
    app._run(late)
    assert place(app).value == 64
    place(app).set_value(19).run()
    assert place(app).value == 19
    assert app.query_params["written"] == "19"
