"""A finished figure says in the browser what Plotly itself would have said."""

import json

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import plotly.tools
import pytest

from explorer.figures.ready import ReadyFigure
from explorer.figures.style import blank, themed


def drawn() -> go.Figure:
    figure = blank(height=300)
    figure.add_heatmap(z=np.arange(12.0).reshape(3, 4), coloraxis="coloraxis")
    figure.add_scatter(x=[1, 2, 3], y=[0.5, np.nan, np.inf], customdata=[[0, 1]], text="<b>&</b>")
    figure.add_layout_image(source="data:image/png;base64,AAAA", x=0, y=1)
    return figure


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_browser_gets_what_plotly_would_have_sent(theme: str):
    ready = ReadyFigure.themed(ReadyFigure.plain(drawn()), theme)
    sent = plotly.tools.return_figure_from_figure_or_data(ready, validate_figure=True)
    assert json.loads(pio.to_json(sent, validate=False)) == json.loads(
        pio.to_json(themed(drawn(), theme), validate=False)
    )


def test_nothing_is_validated_again(monkeypatch: pytest.MonkeyPatch):
    plain = ReadyFigure.plain(drawn())
    ReadyFigure.themed(plain, "dark")  # the theme itself is read once a process

    def validated(*_: object, **__: object) -> None:
        raise AssertionError("a figure was made again")

    monkeypatch.setattr(go.Figure, "__init__", validated)
    sent = plotly.tools.return_figure_from_figure_or_data(
        ReadyFigure.themed(plain, "dark"), validate_figure=True
    )
    assert "300" in pio.to_json(sent, validate=False)
