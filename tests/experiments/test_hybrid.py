"""CNN, ViT and hybrid on the same photographs, on small ones of random weights."""

import json

import pytest
import torch

from explorer import zoo
from explorer.cli import main
from explorer.data.imagenette import photographs as read
from explorer.errors import WeightsNotFound
from explorer.experiments.hybrid import measure
from tests.experiments.shipped import ship


def test_the_command_says_what_each_is_worth_and_costs(photographs, capsys):
    made = {name: ship(name) for name in ("cnn-128", "vit-128", "hybrid-128")}
    asked = ["measure", "hybrid", "--data", str(photographs), "--device", "cpu", "--workers", "1", "--json"]
    assert main(asked) == 0
    result = json.loads(capsys.readouterr().out)
    photos = read(photographs / "imagenette-test.npz")
    for name, module in made.items():
        model, measured = zoo.load(name, device="cpu"), result["values"][name]
        right = [
            int(model.module(model.prepare(item.permute(1, 2, 0).numpy())).argmax()) == int(label)
            for item, label in zip(photos.centred(32), photos.labels, strict=True)
        ]
        middle, low, high = measured["accuracy"]
        assert middle == pytest.approx(sum(right) / 40, abs=1e-4)
        assert low < middle < high or middle in (0, 1)
        assert measured["parameters"] == sum(parameter.numel() for parameter in module.parameters())
        assert (measured["steps"], measured["training seconds"]) == (7, 11)
        assert measured["milliseconds a picture"] > 0


def test_without_the_hybrid_there_is_a_sentence(photographs):
    ship("cnn-128")
    ship("vit-128")
    with pytest.raises(WeightsNotFound, match="explorer train hybrid-128"):
        measure(data=photographs)


def test_the_hybrid_is_asked_for_by_name_and_has_tokens(photographs):
    ship("hybrid-128")
    model = zoo.load("hybrid-128", device="cpu")
    assert model.tokens is not None
    assert (model.tokens.grid.rows, model.tokens.grid.columns) == (4, 4)
    assert model.module(torch.zeros(1, 3, 32, 32)).shape == (1, 10)
