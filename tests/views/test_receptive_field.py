"""What the page *Receptive field and attention* draws, against the fields computed on their own."""

from functools import partial

import numpy as np
import pytest

from explorer import zoo
from explorer.analysis.field import depth_layers, effective_field, field_pass
from explorer.geometry import InputPoint
from explorer.images import render
from explorer.memory import LRUCache
from explorer.views import VIEWS
from explorer.views.receptive_field import compare
from explorer.views.receptive_field.controls import PLACES
from explorer.views.scope import find_picture
from tests.views import without_browser

VIEW = VIEWS["receptive-field"]
drawn = partial(without_browser.drawn, VIEW)
SHOWN = {"picture": "cat", "cnn": "cnn-128", "vit": "vit-128"}


def test_every_place_is_asked_of_one_forward_pass(monkeypatch):
    monkeypatch.setattr("explorer.views.scope.REMEMBERED", LRUCache())
    passes = []

    def counted(*said, **more):
        passes.append(said)
        return field_pass(*said, **more)

    monkeypatch.setattr(compare, "field_pass", counted)
    for row, part in ((9, 3), (20, 3), (20, 6)):
        result = drawn("compare", **SHOWN, row=row, depth=part).data["field"]
        model, picture = zoo.load("cnn-128", device="cpu"), find_picture("cat")
        x = model.prepare(render(picture, model.frame(picture)))
        rows, columns = model.input_size
        at = InputPoint((row - 0.5) / PLACES * rows, 15.5 / PLACES * columns)
        expected = effective_field(model, x, layer=depth_layers(model)[part - 1], at=at, draws=4)
        np.testing.assert_allclose(result, expected.map, rtol=1e-4, atol=1e-9)
    assert len([pass_ for pass_ in passes if pass_[0] is model]) == 1


def test_the_curve_has_every_part_that_the_maps_have():
    data = drawn("radius", **SHOWN, row=5, column=28).data
    one = drawn("compare", **SHOWN, row=5, column=28, depth=12)
    assert data["cnn_radius_90"][-1] == pytest.approx(one.numbers["CNN, 90 % within"][0])
