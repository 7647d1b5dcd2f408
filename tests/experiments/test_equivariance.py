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
    asked = [
        "measure",
        "equivariance",
        "--shift",
        "8",
        "--data",
        str(photographs),
        "--workers",
        "1",
        "--json",
    ]
    assert main(asked) == 0
    result = json.loads(capsys.readouterr().out)["values"]
    for name in ("CNN, circular, stride 1", "ViT without positions", "ViT without positions, shuffled"):
        assert max(result[name].values()) < 1e-5, name
    for name in ("CNN", "ViT", "ViT, shuffled"):
        assert max(result[name].values()) > 1e-4, name
    assert set(result["accuracy"]) == {"cnn-128", "vit-128"}
    for item in result["accuracy"].values():
        assert set(item) == {"as they are", "moved 8 px"}


def test_no_move_is_no_error(photographs):
    for name in ("cnn-128", "vit-128"):
        ship(name)
    results = measure(shift=0)["values"]
    unmoved = [result for name, result in results.items() if "shuffled" not in name]
    assert len(unmoved) == 6
    assert not any(error for difference_by_model in unmoved for error in difference_by_model.values())


def test_a_model_that_is_not_at_hand_is_a_sentence(photographs):
    with pytest.raises(ModelError, match="no model called 'cnn-128'"):
        measure()
