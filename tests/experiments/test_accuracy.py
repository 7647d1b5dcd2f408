import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from timm.models.resnet import BasicBlock, ResNet

from explorer import zoo
from explorer.data.imagenette import CLASSES
from explorer.errors import AnalysisError
from explorer.experiments.accuracy import measure, wilson
from explorer.zoo.cards import Card, read_card, write_checkpoint
from tests.training.photographs import archive

OPTIONS = {"layers": [1, 1, 1, 1], "channels": [4, 4, 4, 8], "stem_width": 4, "num_classes": 10}


def ship(name, classes):
    torch.manual_seed(0)
    card = Card(
        name=name,
        title="Chance",
        family="cnn",
        architecture="timm.models.resnet:ResNet",
        options={"block": "timm.models.resnet:BasicBlock"} | OPTIONS,
        input_size=(32, 32),
        mean=(0.5, 0.4, 0.3),
        std=(0.25, 0.2, 0.3),
        classes=classes,
        parameters=0,
        data="none",
        recipe="none",
        seed=0,
        steps=0,
        hardware="none",
        seconds=0,
    )
    write_checkpoint(ResNet(BasicBlock, **OPTIONS), card)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path / "checkpoints"))
    rng = np.random.default_rng(0)
    pictures = [np.full((32, 32, 3), c, np.uint8) for c in rng.integers(0, 256, (150, 3))]
    archive(tmp_path / "imagenette-test.npz", pictures, [i % 10 for i in range(150)])
    return tmp_path, pictures


def test_accuracy_is_that_of_showing_the_pictures_one_by_one(data):
    folder, pictures = data
    ship("chance", CLASSES)
    model = zoo.load("chance", device="cpu")
    right = [int(model.module(model.prepare(p)).argmax()) == i % 10 for i, p in enumerate(pictures)]
    result = measure(model="chance", data=folder, device="cpu")
    assert result["values"]["right"] == sum(right) > 0
    assert result["values"]["pictures"] == 150
    assert result["values"]["accuracy"] == pytest.approx(sum(right) / 150, abs=1e-4)
    assert result["values"]["by class"]["church"] == pytest.approx(sum(right[4::10]) / 15, abs=1e-4)
    assert result["checkpoint"] == f"sha256:{read_card('chance').sha256}"
    assert read_card("chance").figures == {}


def test_a_recorded_figure_is_on_the_card_with_its_command(data):
    ship("chance", CLASSES)
    result = measure(model="chance", data=data[0], device="cpu", record=True)
    figure = read_card("chance").figures["accuracy"]
    assert figure.value == result["values"]["accuracy"]
    assert "explorer measure accuracy --model chance" in figure.command


def test_a_model_of_other_classes_is_refused_in_a_sentence(data):
    ship("foreign", ("cat",) * 10)
    with pytest.raises(AnalysisError, match="neither Imagenette's ten nor ImageNet's thousand"):
        measure(model="foreign", data=data[0], device="cpu")


@pytest.mark.parametrize(("right", "of"), [(0, 10), (10, 10), (1, 3), (3454, 3925), (2900, 3925)])
def test_the_interval_is_wilsons(right, of):
    expected = binomtest(right, of).proportion_ci(0.95, method="wilson")
    assert wilson(right, of) == pytest.approx((expected.low, expected.high), abs=1e-7)
