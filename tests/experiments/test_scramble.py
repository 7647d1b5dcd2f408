"""Accuracy on photographs in pieces, on small networks of random weights."""

import json

import pytest
import torch

from explorer.cli import main
from explorer.data.imagenette import photographs as read
from explorer.data.tiles import occluded, scrambled
from explorer.errors import AnalysisError
from explorer.experiments.accuracy import FirstAnswers
from explorer.experiments.accuracy import measure as accuracy
from explorer.experiments.scramble import measure
from explorer.images import GREY
from explorer.zoo import load
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
        "--workers",
        "1",
        "--json",
    ]
    assert main(asked) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["model"] == ["cnn-128", "vit-128", "hybrid-128"]
    for name, item in result["values"].items():
        assert set(item) == {"scrambled 1", "scrambled 4", "half blank of 4"}
        whole = accuracy(model=name, data=photographs, device="cpu")["values"]
        assert item["scrambled 1"] == [whole[key] for key in ("accuracy", "low", "high")]


def test_shards_change_nothing_of_what_a_loop_over_all_pictures_counts(photographs, monkeypatch):
    module = ship("vit-128")
    model = load("vit-128", device="cpu")
    photos = read(photographs / "imagenette-test.npz")
    pictures = photos.centred(32)[:30]
    changed = {
        "scrambled 4": scrambled(pictures, 4),
        "half blank of 4": occluded(pictures, 4, 0.5, fill=torch.tensor(GREY)),
    }
    monkeypatch.setattr(FirstAnswers, "batch", 8)
    values = measure(data=photographs, models=("vit-128",), tiles=(4,), pictures=30, device="cpu")["values"]
    for title, shown in changed.items():
        right = [
            int(module(model.prepare(picture.permute(1, 2, 0).numpy())).argmax()) == int(label)
            for picture, label in zip(shown, photos.labels, strict=False)
        ]
        assert values["vit-128"][title][0] == round(sum(right) / 30, 4)


def test_without_photographs_there_is_a_sentence(photographs):
    ship("cnn-128")
    (photographs / "imagenette-test.npz").unlink()
    with pytest.raises(AnalysisError, match="imagenette-test"):
        measure(data=photographs, models=("cnn-128",), device="cpu")
