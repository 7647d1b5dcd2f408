"""`explorer measure equivariance` as a program says it."""

import json

import pytest

from explorer.cli import main
from explorer.errors import ModelError
from explorer.experiments.equivariance import measure
from tests.experiments.shipped import ship


def test_what_must_move_along_does_and_the_rest_is_measured(photographs, capsys):
    for name in ("cnn-128", "vit-128"):
        ship(name)
    asked = ["measure", "equivariance", "--shift", "8", "--data", str(photographs), "--json"]
    assert main(asked) == 0
    found = json.loads(capsys.readouterr().out)["values"]
    for name in ("CNN, circular, stride 1", "ViT without positions", "ViT without positions, shuffled"):
        assert max(found[name].values()) < 1e-5, name
    for name in ("CNN", "ViT", "ViT, shuffled"):
        assert max(found[name].values()) > 1e-4, name
    assert set(found["accuracy"]) == {"cnn-128", "vit-128"}
    for each in found["accuracy"].values():
        assert set(each) == {"as they are", "moved 8 px"}


def test_no_move_is_no_error(photographs):
    for name in ("cnn-128", "vit-128"):
        ship(name)
    found = measure(shift=0)["values"]
    unmoved = [each for name, each in found.items() if "shuffled" not in name]
    assert len(unmoved) == 6
    assert not any(error for each in unmoved for error in each.values())


def test_a_model_that_is_not_at_hand_is_a_sentence(photographs):
    with pytest.raises(ModelError, match="no model called 'cnn-128'"):
        measure()
