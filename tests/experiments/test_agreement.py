"""The share of equal first answers, counted picture by picture."""

import numpy as np
import pytest

from explorer import zoo
from explorer.data import everyday as everyday_module
from explorer.data.everyday import FILES
from explorer.data.imagenette import centred
from explorer.errors import AnalysisError
from explorer.experiments.agreement import measure
from explorer.zoo.packaged import MEAN, STD, build_packaged
from tests.training.photographs import archive


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Twelve photographs kept from training, each a texture of its own."""
    monkeypatch.setattr(everyday_module, "HELD_OUT", 12)
    monkeypatch.setattr(everyday_module, "VALIDATION", 3)
    rng = np.random.default_rng(1)
    for file in FILES:
        coarse = rng.integers(0, 256, (7, 8, 8, 3), dtype=np.uint8)
        archive(tmp_path / file, list(coarse.repeat(12, 1).repeat(12, 2)), [0] * 7)
    return tmp_path


def test_the_share_is_that_of_asking_both_about_one_picture_after_the_other(data):
    import torch

    student, teacher = zoo.load("vit", device="cpu"), build_packaged("efficientnet-lite2")
    photos = everyday_module.held_out(data, range(12))
    mean, std = (torch.tensor(item).view(3, 1, 1) for item in (MEAN, STD))
    same = []
    for at in range(12):
        answers = [
            int(module(((centred(photos, side)[at] / 255 - mean) / std)[None]).argmax())
            for module, side in ((student.module, 224), (teacher, 260))
        ]
        same.append(answers[0] == answers[1])
    result = measure(model="vit", data=data, device="cpu")["values"]
    assert result["agreement"] == pytest.approx(sum(same) / 12, abs=1e-4)
    assert result["pictures"] == 12


def test_a_model_of_other_classes_is_refused_in_a_sentence(data):
    with pytest.raises(AnalysisError, match="10 classes, not 1000"):
        measure(model="vit-128", data=data, device="cpu")
