"""The page *Attention layers* without a browser: a clicked cell, costs on request, offsets of a ViT's heads."""

import json
from functools import partial

import numpy as np
import pytest

from explorer.errors import ControlError, WeightsNotFound
from explorer.views import VIEWS
from explorer.zoo.cards import folder
from tests.views import without_browser

VIEW = VIEWS["attention-layers"]
drawn = partial(without_browser.drawn, VIEW)
opened = partial(without_browser.opened, VIEW)


@pytest.mark.parametrize(("depth", "reached"), [(1, 5), (2, 9)])
def test_windows_reach_one_window_more_with_each_layer(depth, reached):
    result = drawn("reach", side=11, row=6, column=6, depth=depth)
    counts = dict(zip(result.data["layer"], result.data["can"].sum((1, 2)), strict=True))
    for title in ("Convolution", "Depthwise convolution", "Stand-alone (local)"):
        assert counts.pop(title) == reached**2
    assert set(counts.values()) == {121}
    assert len(counts) == 5


def test_a_convolution_weighs_every_picture_alike_and_attention_does_not():
    cat, rocket = (drawn("weights", picture=name, side=8) for name in ("cat", "rocket"))
    for at, title in enumerate(cat.data["layer"]):
        same = np.array_equal(cat.data["weight"][at], rocket.data["weight"][at])
        assert same == (title in ("Convolution", "Depthwise convolution")), title


def test_a_clicked_cell_is_where_the_window_is():
    result = drawn("weights", side=9, row=1, column=9, kernel=3)
    window = result.data["weight"][0] > 0
    assert window[:2, 7:].all()
    assert window.sum() == 4
    assert VIEW.panel("cells").click == ("row", "column")


def test_costs_by_formula_have_the_exponents_that_are_said():
    result = drawn("formula")
    flops = {title: float(message.split(" · ")[0]) for title, (message, _) in result.numbers.items()}
    assert flops["Convolution"] == flops["Stand-alone (local)"] == 1
    assert 1.2 < flops["Axial"] < 1.5
    assert 1.9 < flops["Global self-attention"] <= 2


def test_a_measurement_that_is_stopped_can_be_begun_again():
    controls, scope, _ = opened(longest="32", again=7)
    heard = []

    def stop(share):
        heard.append(share)
        raise KeyboardInterrupt

    scope.progress = stop
    with pytest.raises(KeyboardInterrupt):
        VIEW.draw(VIEW.panel("measured"), controls, scope)
    scope.progress = heard.append
    result = VIEW.draw(VIEW.panel("measured"), controls, scope)
    assert heard[-1] == 1
    assert (result.data["milliseconds"] > 0).all()
    assert (result.data["peak"] > 0).all()
    assert set(result.data["side"]) == {8, 16, 32}


def test_the_layers_chosen_are_those_drawn_by_offset():
    result, near = drawn("offsets", early=2, late=5), drawn("nearness")
    maps = result.data["weight"]
    assert result.data["layer"].tolist() == [2, 5]
    np.testing.assert_allclose(maps.sum((-2, -1)), 1, rtol=1e-5)
    rows, columns = (side // 2 for side in maps.shape[-2:])
    for cells, name in ((1, "within_one"), (2, "within_two")):
        middle = maps[..., rows - cells : rows + cells + 1, columns - cells : columns + cells + 1]
        np.testing.assert_allclose(middle.sum((-2, -1)), near.data[name][[1, 4]], rtol=1e-5)


def test_networks_are_compared_by_what_was_measured():
    result = drawn("stages")
    kept = json.loads((folder() / "measured.json").read_text())["measure attention-stage --data DATA"][
        "values"
    ]
    assert result.data["accuracy"].tolist() == [row["right"][0] for row in kept.values()]
    assert result.data["parameters"].tolist() == [row["parameters"] for row in kept.values()]
    point, *bars = result.figure.data
    np.testing.assert_allclose(np.add(point.x, point.error_x.array), result.data["highest"])
    assert [bar.x.tolist() for bar in bars] == [
        result.data["parameters"].tolist(),
        result.data["milliseconds"].tolist(),
    ]


def test_without_measurements_or_networks_there_is_a_sentence(monkeypatch, tmp_path):
    controls, scope, _ = opened()
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    for name, sentence in (
        ("stages", "explorer measure attention-stage"),
        ("hybrid", "explorer measure hybrid"),
        ("near", "explorer train stage-all"),
    ):
        with pytest.raises(WeightsNotFound, match=sentence):
            VIEW.panel(name).draw(controls, scope)


def test_a_hybrid_that_was_not_measured_is_named_and_the_others_drawn(monkeypatch, tmp_path):
    controls, scope, _ = opened()
    kept = {"accuracy": 0.5, "low": 0.4, "high": 0.6}
    (tmp_path / "measured.json").write_text(
        json.dumps({"measure accuracy --model cnn-128 --data DATA": {"values": kept}})
    )
    for name in ("cnn-128.json", "cnn-128.safetensors"):
        (tmp_path / name).symlink_to(folder() / name)
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    result = VIEW.panel("hybrid").draw(controls, scope)
    assert result.data["network"].tolist() == ["CNN"]
    assert (result.data["lowest"][0], result.data["accuracy"][0], result.data["highest"][0]) == (
        0.4,
        0.5,
        0.6,
    )
    assert "Not measured yet: ViT, hybrid." in result.caption


@pytest.mark.parametrize(
    "raw",
    [
        {"side": "5"},
        {"side": "x"},
        {"row": "15"},
        {"column": "0"},
        {"depth": "3"},
        {"heads": "9"},
        {"early": "99"},
        {"longest": "256"},
        {"sharpness": "nan"},
        {"vit": "cnn"},
    ],
)
def test_hostile_controls_fall_back_with_a_sentence(raw):
    controls, scope, refused = opened(**raw)
    assert len(refused) == 1
    assert VIEW.address(controls, scope) == {}


@pytest.mark.parametrize(
    ("panel", "raw", "said"),
    [
        ("reach", {"kernel": "4"}, "cannot be 4 cells wide"),
        ("weights", {"heads": "3"}, "cannot be dealt out"),
        ("formula", {"features": "8", "heads": "3"}, "cannot be dealt out"),
    ],
)
def test_sizes_that_fit_no_layer_are_a_sentence(panel, raw, said):
    controls, scope, _ = opened(**raw)
    with pytest.raises(ControlError, match=said):
        VIEW.draw(VIEW.panel(panel), controls, scope)
