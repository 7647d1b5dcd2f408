"""The page *Inductive bias of convolution* without a browser: what is drawn is what the models computed."""

import json
from functools import partial

import numpy as np
import pytest
import torch

from explorer import zoo
from explorer.errors import WeightsNotFound
from explorer.images import render
from explorer.views import VIEWS
from explorer.views.scope import find_picture
from explorer.zoo.cards import folder
from tests.views import without_browser

VIEW = VIEWS["convolution-bias"]
drawn = partial(without_browser.drawn, VIEW)
opened = partial(without_browser.opened, VIEW)


def errors(drawing, model):
    return drawing.data["relative_error"][drawing.data["model"] == model]


def test_what_must_hold_is_on_the_page():
    drawing = drawn("depth", padding="circular", strides="one", right=16)
    assert errors(drawing, "CNN").max() < 1e-5
    assert errors(drawing, "ViT without positions").max() < 1e-5
    assert errors(drawing, "ViT").max() > 1e-2


def test_a_picture_that_is_not_moved_has_no_error():
    drawing = drawn("depth", right=0, down=0)
    assert not drawing.data["relative_error"].any()
    assert drawn("maps", right=0, down=0).numbers["prediction"] == ("stays", "")


def test_a_vit_whose_positions_lie_elsewhere_is_drawn_without_that_curve():
    drawing = drawn("depth", vit="eva02_tiny_patch14_336.mim_in22k_ft_in1k", trained="off")
    assert {"CNN", "ViT"} <= set(drawing.data["model"])
    assert "ViT without positions" not in drawing.data["model"]
    assert "cannot be left out" in drawing.caption


def test_the_answers_are_the_models_own_on_the_picture_as_drawn():
    drawing = drawn("swap-answers", first_row=1, first_column=1, second_row=5, second_column=5, side=4)
    model, picture = zoo.load("efficientnet-lite0", device="cpu"), find_picture("red-panda")
    pixels = render(picture, model.frame(picture))
    turned, half = pixels.copy(), len(pixels) // 2
    turned[:half, :half], turned[half:, half:] = pixels[half:, half:], pixels[:half, :half]
    with torch.no_grad():
        before, after = (model.module(model.prepare(item)).softmax(-1)[0] for item in (pixels, turned))
    messages = [model.classes[int(item.argmax())].split(",")[0] for item in (before, after)]
    assert [drawing.data["class_before"][0], drawing.data["class_after"][0]] == messages
    np.testing.assert_allclose(drawing.data["probability_after"][0], after[before.argmax()], rtol=1e-4)


@pytest.mark.parametrize("name", ["scramble-answers", "occlude-answers"])
def test_nothing_changed_is_no_change(name):
    drawing = drawn(name, tiles=1, share=0)
    np.testing.assert_array_equal(drawing.data["probability_before"], drawing.data["probability_after"])


def test_the_hybrid_is_drawn_like_the_others():
    drawing = drawn("maps", shown="hybrid", padding="circular", right=16)
    assert {"patch_embed", "blocks.4"} <= set(drawing.data)
    assert drawing.figure.data


@pytest.mark.parametrize(("part", "least"), [("scramble", 5), ("occlude", 4)])
@pytest.mark.parametrize(
    ("chosen", "models", "command"),
    [
        (
            {},
            ("efficientnet-lite0", "vit", "hybrid"),
            "measure scramble --models efficientnet-lite0 vit hybrid --data DATA",
        ),
        ({"vit": "vit-128"}, ("cnn-128", "vit-128", "hybrid-128"), "measure scramble --data DATA"),
    ],
)
def test_curves_over_many_photographs_are_those_that_were_measured(part, least, chosen, models, command):
    result = drawn(f"{part}-all", **chosen)
    kept = json.loads((folder() / "measured.json").read_text())[command]["values"]
    assert command in result.caption
    others = {"efficientnet-lite0", "vit", "hybrid", "cnn-128", "vit-128", "hybrid-128"} - {*models}
    assert all(zoo.entry(name).title in result.caption for name in models)
    assert not any(zoo.entry(name).title in result.caption for name in others)
    assert len(set(result.data["tiles_a_side"])) >= least
    names = dict(zip(("CNN", "ViT", "hybrid"), models, strict=True))
    word = {"scramble": "scrambled", "occlude": "half blank of"}[part]
    for model, k, right in zip(
        result.data["model"], result.data["tiles_a_side"], result.data["accuracy"], strict=True
    ):
        assert kept[names[model]]["scrambled 1" if k == 1 else f"{word} {k}"][0] == right


def test_what_was_not_measured_is_a_sentence(monkeypatch, tmp_path):
    controls, scope, _ = opened()
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    with pytest.raises(WeightsNotFound, match="explorer measure scramble"):
        VIEW.panel("scramble-all").draw(controls, scope)


@pytest.mark.parametrize(
    "raw",
    [
        {"tiles": "0"},
        {"share": "nan"},
        {"right": "99"},
        {"padding": "mirror"},
        {"second_row": "9"},
        {"cnn": "vit"},
    ],
)
def test_hostile_controls_fall_back_with_a_sentence(raw):
    controls, scope, refused = opened(**raw)
    assert len(refused) == 1
    assert VIEW.address(controls, scope) == {}
