"""Accuracy on photographs in pieces, on small networks of random weights."""

import json

import pytest

from explorer.cli import main
from explorer.errors import AnalysisError
from explorer.experiments.accuracy import measure as accuracy
from explorer.experiments.scramble import measure
from tests.experiments.shipped import ship


def test_the_command_counts_right_answers_for_every_number_of_tiles(photographs, capsys):
    for name in ("cnn-128", "vit-128", "hybrid-128"):
        ship(name)
    asked = [
        "measure",
        "scramble",
        "--data",
        str(photographs),
        "--tiles",
        "1",
        "4",
        "--device",
        "cpu",
        "--json",
    ]
    assert main(asked) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["model"] == ["cnn-128", "vit-128", "hybrid-128"]
    for name, item in result["values"].items():
        assert set(item) == {"scrambled 1", "scrambled 4", "half blank of 4"}
        whole = accuracy(model=name, data=photographs, device="cpu")["values"]
        assert item["scrambled 1"] == [whole[key] for key in ("accuracy", "low", "high")]


def test_without_photographs_there_is_a_sentence(photographs):
    ship("cnn-128")
    (photographs / "imagenette-test.npz").unlink()
    with pytest.raises(AnalysisError, match="imagenette-test"):
        measure(data=photographs, models=("cnn-128",), device="cpu")
