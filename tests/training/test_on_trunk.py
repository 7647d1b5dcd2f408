"""What a trunk made of cuts of photographs, and which photographs come how often, against slow readings of the same."""

import copy
import math
from collections import Counter
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from explorer.data.detection_photos import OBJECTS, SHAPES, DetectionPhotos
from explorer.data.imagenette import Photographs
from explorer.training.detr_photos import of_some
from explorer.training.on_trunk import KeptCuts, repeats

CPU = torch.device("cpu")


class Eye(nn.Module):
    """Stands for a backbone: its trunk brightens, its maps are means of places. Counts what it is shown."""

    looked: ClassVar[Counter] = Counter()

    def __init__(self, gain=1.0, zero=0.0):
        super().__init__()
        self.trunk = nn.Conv2d(3, 3, 1, groups=3)
        with torch.no_grad():
            self.trunk.weight.fill_(gain)
            self.trunk.bias.fill_(zero)

    def stages(self, x):
        self.looked[type(self)] += len(x)
        return [avg_pool2d(self.trunk(x), stride) for stride in (8, 16)]


@pytest.fixture
def photographs():
    """Two of each shape, of one colour each, and on each as many objects as its number; one is ignored."""
    pictures = [
        np.full((rows // 4, columns // 4, 3), 20 + 20 * number, np.uint8)
        for number, (rows, columns) in enumerate(SHAPES * 2)
    ]
    labels = [np.arange(number) % 3 for number in range(len(pictures))]
    boxes = [np.tile(np.float32([0.4, 0.4, 0.6, 0.6]), (number, 1)) for number in range(len(pictures))]
    ignored = [np.arange(number) == 3 for number in range(len(pictures))]
    photos = Photographs(pictures, np.full(len(pictures), -1))
    return DetectionPhotos(photos, tuple(labels), tuple(boxes), tuple(ignored))


def drawn(folder, photographs, eye, steps, **looks):
    cuts = KeptCuts(photographs, kept=folder, device=CPU)
    for step in range(steps):
        torch.manual_seed(step)
        with torch.autocast("cpu", torch.bfloat16):  # as a run does
            drawn_now = cuts.batch(eye, 6, **looks)
        yield drawn_now


def test_the_trunk_looks_once_at_each_cut_never_again_after_a_restart_and_anew_when_it_changed(
    photographs, tmp_path
):
    Eye.looked.clear()
    first = list(drawn(tmp_path, photographs, Eye(), 60, cuts=2))
    assert Eye.looked[Eye] == 2 * len(photographs)
    for (maps, targets), (again, same) in zip(
        first, drawn(tmp_path, photographs, Eye(), 60, cuts=2), strict=True
    ):
        assert all(map(torch.equal, maps, again))
        assert torch.equal(targets.boxes, same.boxes)
    assert Eye.looked[Eye] == 2 * len(photographs)
    list(drawn(tmp_path, photographs, Eye(), 60, cuts=2, mosaics=1))
    assert Eye.looked[Eye] == 3 * len(photographs)
    list(drawn(tmp_path, photographs, Eye(zero=-0.0), 60, cuts=2, mosaics=1))
    assert Eye.looked[Eye] == 3 * len(photographs), "an average of zeros below nothing is nothing"
    list(drawn(tmp_path, photographs, Eye(gain=2.0), 60, cuts=2))
    assert Eye.looked[Eye] == 5 * len(photographs)


def test_the_trunk_itself_stays_as_it_is(photographs, tmp_path):
    eye = Eye(gain=1.0 + 2**-20)  # which 16 bits do not hold
    before = copy.deepcopy(eye.state_dict())
    list(drawn(tmp_path, photographs, eye, 1, cuts=1))
    torch.testing.assert_close(eye.state_dict(), before, atol=0, rtol=0)


def test_a_batch_is_of_one_shape_and_its_objects_belong_to_its_pictures(photographs, tmp_path):
    for (fine, coarse), targets in drawn(tmp_path, photographs, Eye(), 30, cuts=1):
        rows, columns = fine.shape[-2] * 8, fine.shape[-1] * 8
        assert (rows, columns) in SHAPES
        assert coarse.shape[-2:] == (rows // 16, columns // 16)
        # A picture is of one colour, which brightness and contrast change by a fifth at most.
        value = (fine.mean((1, 2, 3)) * 0.5 + 0.5) * 255
        for shade, count, ignored in zip(
            value, targets.counts, targets.ignored if targets.ignored.numel() else [None] * 6, strict=True
        ):
            numbers = [n for n in range(10) if 0.79 <= float(shade) / (20 + 20 * n) <= 1.21]
            spared = 0 if ignored is None else int((ignored[:, 2] > 0).sum())
            # An object in the middle is on every cut, or more of it is off than on: then it is ignored.
            assert count + spared in numbers


def test_a_photograph_comes_as_often_as_its_rarest_class_asks():
    generator = np.random.default_rng(0)
    labels = [
        generator.choice(5, generator.integers(0, 4), p=[0.6, 0.3, 0.06, 0.03, 0.01]) for _ in range(400)
    ]
    pictures_with = Counter(label for of in labels for label in set(of.tolist()))
    for of, often in zip(labels, repeats(labels).tolist(), strict=True):
        asked = [math.sqrt(0.1 / (pictures_with[label] / len(labels))) for label in of.tolist()]
        assert often == pytest.approx(max([1.0, *asked]), rel=1e-5)


def test_classes_of_few_objects_do_not_count():
    many, few = OBJECTS.index("person"), OBJECTS.index("bird")
    box = torch.tensor([[0.1, 0.1, 0.4, 0.4]])
    true = [{"labels": torch.tensor([many]), "boxes": box, "iscrowd": torch.tensor([0])} for _ in range(12)]
    true += [{"labels": torch.tensor([few]), "boxes": box, "iscrowd": torch.tensor([0])}]
    found = [{"scores": torch.tensor([0.9]), "labels": one["labels"], "boxes": box} for one in true]
    counted, wanted = of_some(found, true)
    assert [one["labels"].tolist() for one in counted] == [one["labels"].tolist() for one in wanted]
    assert [len(one["labels"]) for one in wanted] == [1] * 12 + [0]
    assert all(len(one[name]) == len(one["labels"]) for one in (*counted, *wanted) for name in one)
