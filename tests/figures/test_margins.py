"""Margins against what Plotly finds that the labels need, in a browser: `tests/browser/test_drawn_once.py`. Here, which
axes count."""

from typing import Any

import pytest

from explorer.figures.margins import margins

MARGIN = {"l": 8, "r": 8, "t": 34, "b": 8}
AXIS = {"automargin": True, "domain": [0, 1]}


def of(data: list[Any] | None = None, **axes: Any) -> dict[str, float]:
    return margins(data or [], {"margin": MARGIN, "font": {"size": 13}, **axes})


@pytest.mark.parametrize(
    "axis",
    [{}, {"visible": False}, {"showticklabels": False}, {"domain": [0.5, 1]}, {"overlaying": "y"}],
    ids=str,
)
def test_axes_without_labels_at_the_edge_need_no_room(axis: dict[str, Any]):
    assert of(yaxis=AXIS | {"automargin": bool(axis)} | axis) == MARGIN


def test_longer_labels_a_title_and_turned_words_need_more():
    numbers = of(yaxis=AXIS)["l"]
    assert numbers > MARGIN["l"]
    titled = of(yaxis=AXIS | {"title": {"text": "share", "standoff": 8}})
    assert titled["l"] > numbers
    assert titled | {"l": 8} == MARGIN
    words = [{"y": ["a word that is much longer than a number"]}]
    assert of(words, yaxis=AXIS)["l"] > 3 * numbers
    bold = [{"y": ["<b>a word that is much longer</b> than a number"]}]
    assert of(bold, yaxis=AXIS) == of(words, yaxis=AXIS)
    assert of(words, yaxis2=AXIS)["l"] == numbers  # of another axis
    below = of([{"x": ["a long word"]}], xaxis=AXIS)
    assert below["b"] < of([{"x": ["a long word"]}], xaxis=AXIS | {"tickangle": -45})["b"]
    above = of(xaxis=AXIS | {"side": "top", "title": {"text": "column"}})
    assert above["b"] == MARGIN["b"]
    assert above["t"] > MARGIN["t"]


def test_a_margin_that_is_wide_enough_stays():
    assert of(yaxis=AXIS, margin=MARGIN | {"l": 300})["l"] == 300
