"""The number of A1, as the command line gives it."""

import json

import pytest

from explorer.cli import main
from explorer.errors import ControlError
from explorer.experiments.receptive_field import measure


@pytest.mark.parametrize(("model", "size"), [("resnet18", 435), ("resnet50", 427)])
def test_the_command_gives_the_published_size_without_any_weights(model, size, capsys):
    assert main(["measure", "receptive-field", "--model", model, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["values"]["last feature layer"] == size
    assert result["model"] == model
    assert result["unit"] == "input pixels"


def test_a_stack_and_one_of_its_layers():
    result = measure(stack="conv3s2 conv5x1", layer="2 conv5x1", side=64)["values"]
    assert result["last feature layer"] == [11, 3]
    assert result["layer"]["size"] == [11, 3]
    assert [row["name"] for row in result["layers"]] == ["1 conv3s2", "2 conv5x1"]


def test_the_model_that_ships_is_measured_without_a_picture():
    result = measure(model="cnn-128")["values"]
    assert (
        result["last feature layer"] == 435 + 128
    )  # ResNet-18's, and four convolutions more at a jump of 16
    assert result["layers"][-1]["size"] == "whole picture"


def test_a_layer_that_is_not_there_is_a_sentence():
    with pytest.raises(ControlError, match="no layer called 'layer9'"):
        measure(model="cnn-128", layer="layer9")
