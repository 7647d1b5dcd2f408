"""A finished figure says in the browser what Plotly itself would have said."""

import base64
import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import plotly.tools
import pytest
from plotly.subplots import make_subplots

from explorer.figures.ready import ReadyFigure, from_json, plain, to_json
from explorer.figures.style import themed


def drawn() -> go.Figure:
    """A figure with all that a template speaks of."""
    figure = make_subplots(2, 2, subplot_titles=["a map", "curves", "bars", "lying bars"])
    figure.update_layout(
        template="explorer", height=500, title="a title", coloraxis={"colorbar": {"len": 0.5}}
    )
    figure.add_heatmap(z=np.arange(12.0).reshape(3, 4), coloraxis="coloraxis", row=1, col=1)
    curve = {
        "x": np.arange(3),
        "y": np.array([0.5, np.nan, np.inf]),
        "customdata": [[0, 1]],
        "text": "<b>&</b>",
    }
    figure.add_scatter(**curve, marker={"color": np.array([1.0, 2.0, 3.0])}, name="one", row=1, col=2)
    figure.add_scatter(**curve, name="two", row=1, col=2)
    figure.add_bar(x=["a", "b"], y=[1, 2], error_y={"array": [0.1, 0.2]}, row=2, col=1)
    figure.add_bar(x=[1, 2], y=["a", "b"], orientation="h", row=2, col=2)
    figure.add_layout_image(source="data:image/png;base64,AAAA", x=0, y=1)
    figure.update_yaxes(title="own", gridcolor="red", row=2, col=2)
    return figure


def said(figure: go.Figure) -> Any:
    """All of a figure, its arrays as lists and without the traces' random names."""

    def unpacked(value: Any) -> Any:
        if isinstance(value, dict) and "bdata" in value:
            numbers = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"]).astype(float)
            return [None if not np.isfinite(each) else each for each in numbers]
        if isinstance(value, dict):
            return {name: unpacked(each) for name, each in value.items() if name != "uid"}
        return [unpacked(each) for each in value] if isinstance(value, list) else value

    return unpacked(json.loads(pio.to_json(figure)))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_browser_draws_what_plotly_would_have_drawn(theme: str):
    ready = ReadyFigure.themed(plain(to_json(drawn())), theme)
    sent = plotly.tools.return_figure_from_figure_or_data(ready, validate_figure=True)
    # Its margins alone are others: wide enough for the labels (`test_margins`).
    wide = themed(drawn(), theme).update_layout(margin=sent["layout"]["margin"])
    found, wanted = (pio.full_figure_for_development(each, warn=False) for each in (sent, wide))
    for each in (found, wanted):
        each.update_layout(template=None, datarevision=None)
    assert said(found) == said(wanted)


def test_a_figure_comes_back_from_its_json_with_arrays_for_arrays():
    figure = drawn()
    back = from_json(to_json(figure))
    assert said(back) == said(figure)
    for one, other in zip(back.data, figure.data, strict=True):
        for name in ("x", "y", "z"):
            if isinstance(array := getattr(other, name, None), np.ndarray):
                np.testing.assert_array_equal(getattr(one, name), array)


def test_nothing_is_validated_again(monkeypatch: pytest.MonkeyPatch):
    ready = plain(to_json(drawn()))
    ReadyFigure.themed(ready, "dark")  # the theme itself is read once a process

    def validated(*_: object, **__: object) -> None:
        raise AssertionError("a figure was made again")

    monkeypatch.setattr(go.Figure, "__init__", validated)
    sent = plotly.tools.return_figure_from_figure_or_data(
        ReadyFigure.themed(ready, "dark"), validate_figure=True
    )
    assert "500" in pio.to_json(sent, validate=False)


def test_every_process_sends_the_same_bytes():
    program = (
        "import plotly.graph_objects as go; from explorer.figures.ready import ReadyFigure, plain;"
        "bars = plain(go.Figure(go.Bar(x=['a'], y=[1])).to_json().encode());"
        "import json; print(json.dumps(ReadyFigure.themed(bars, 'light').to_dict()))"
    )
    sent = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(sent) == 1
