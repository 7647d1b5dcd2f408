import dataclasses
import json

import pytest
import torch
from torch import nn

from explorer.errors import CheckpointError
from explorer.zoo.cards import (
    Card,
    Figure,
    card_names,
    folder,
    read_card,
    read_weights,
    write_card,
    write_checkpoint,
)

CARD = Card(
    name="line",
    title="A line",
    family="cnn",
    architecture="timm.models.resnet:ResNet",
    options={"layers": [1, 2]},
    input_size=(32, 48),
    mean=(0.5, 0.25, 0.125),
    std=(1.0, 2.0, 4.0),
    classes=("tench", "Pferd, größer"),
    parameters=0,
    data="none",
    recipe="explorer train line",
    seed=3,
    steps=7,
    hardware="a hand",
    seconds=1.5,
    figures={"accuracy": Figure(0.5, "share", "explorer measure accuracy")},
)


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    return module, write_checkpoint(module, CARD), tmp_path


def test_a_card_comes_back_as_it_was_written(written):
    module, card, _ = written
    assert read_card("line") == card
    assert card == dataclasses.replace(CARD, sha256=card.sha256, parameters=3 * 4 * 9 + 4 + 8)
    for name, tensor in read_weights("line").items():
        assert torch.equal(tensor, module.state_dict()[name])


def test_the_folder_is_the_one_named_by_the_environment_or_the_projects(written, monkeypatch):
    assert card_names() == ("line",)
    assert folder() == written[2]
    monkeypatch.delenv("EXPLORER_CHECKPOINTS")
    assert (folder().parent / "pyproject.toml").is_file()


@pytest.mark.parametrize("at", [0, 9, 100, -1])
def test_weights_that_are_not_the_cards_are_refused(written, at):
    path = written[2] / "line.safetensors"
    damaged = bytearray(path.read_bytes())
    damaged[at] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(CheckpointError, match="hash differs"):
        read_weights("line")


def test_weights_without_a_card_and_a_card_without_weights_do_not_ship(written):
    _, _, place = written
    (place / "stray.safetensors").write_bytes(b"x")
    write_card(dataclasses.replace(CARD, name="lost"))
    assert card_names() == ("line",)
    with pytest.raises(CheckpointError, match="not those of its card"):
        read_weights("lost")


def test_a_model_that_does_not_ship_is_said_in_a_sentence(written):
    with pytest.raises(CheckpointError, match="No model called curve ships"):
        read_card("curve")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": "line"}', "null", '"card"', '{"mean": 3}'])
def test_a_damaged_card_is_said_in_a_sentence(written, text):
    (written[2] / "line.json").write_text(text)
    with pytest.raises(CheckpointError, match="damaged"):
        read_card("line")


def test_a_card_with_a_foreign_field_is_refused(written):
    path = written[2] / "line.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"surprise": 1}))
    with pytest.raises(CheckpointError, match="damaged"):
        read_card("line")


def test_nothing_half_written_is_left_beside_a_checkpoint(written):
    assert sorted(path.name for path in written[2].iterdir()) == ["line.json", "line.safetensors"]
