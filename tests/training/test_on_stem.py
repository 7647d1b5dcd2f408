"""What stands on a frozen stem is fed with what the stem made of pictures, against slow readings of the same."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.data.everyday import VALIDATION, everyday
from explorer.data.imagenette import normalised
from explorer.models.hybrid import LiteRest
from explorer.training.distillation import distilled
from explorer.training.on_stem import DistilOnStem, mixed
from explorer.training.run import Run
from explorer.zoo.packaged import MEAN, STD, build_packaged

CPU = torch.device("cpu")


def test_the_hybrids_stem_is_the_networks_own_and_does_not_learn():
    recipe = {item.name: item for item in distilled()}["hybrid"]
    student = Run(recipe, CPU).module.train()
    network = build_packaged("efficientnet-lite0")
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        wanted = network.blocks[:6](network.bn1(network.conv_stem(x)))
        result = student.vit.patch_embed.backbone(x)
    torch.testing.assert_close(
        result, wanted, atol=1e-3, rtol=1e-3
    )  # another layout of memory, other roundings
    assert not any(parameter.requires_grad for parameter in student.stem.parameters())
    assert student.vit.blocks[0].attn.qkv.weight.requires_grad


def test_the_rest_says_of_the_stems_features_what_the_network_says_of_the_picture():
    network = build_packaged("efficientnet-lite0")
    stem = {item.name: item for item in distilled()}["hybrid"].build().stem
    x = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        torch.testing.assert_close(LiteRest(network)(stem(x)), network(x), atol=1e-3, rtol=1e-3)


def test_features_make_of_a_picture_what_the_whole_hybrid_makes_of_it():
    student = {item.name: item for item in distilled()}["hybrid"].build().eval()
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(student(student.stem(x)), student.vit(x), atol=1e-5, rtol=1e-5)


def test_mixed_features_are_of_two_others_each_and_answers_take_their_shares():
    torch.manual_seed(0)
    count, grid = 64, 5
    # The features of picture i are 1 in channel i, its answer class i: both tell the shares of every picture.
    features = torch.eye(count)[:, :, None, None].expand(-1, -1, grid, grid)
    made, answers = mixed(features, torch.eye(count))
    torch.testing.assert_close(answers, made.mean((2, 3)), atol=1e-6, rtol=0)
    torch.testing.assert_close(made.sum(1), torch.ones(count, grid, grid), atol=1e-6, rtol=0)
    alike = [len(cells.flatten(1).T.unique(dim=0)) for cells in made]
    assert set(alike) == {1, 2}, "the mixture is the same in every cell, but for one square"
    mixtures = (made[:, :, 0, 0] > 0).sum(1)
    assert {1, 2} <= set(mixtures.tolist())
    for cells in made:
        corner = (cells == cells[:, :1, :1]).all(0)
        assert any(part.sum() == part.any(1).sum() * part.any(0).sum() for part in (corner, ~corner)), (
            "what is pasted is a rectangle"
        )


class Means(nn.Module):
    """Stands for a stem, or a teacher: means of parts of the picture. Counts the pictures that it is shown."""

    def __init__(self, cells):
        super().__init__()
        self.cells, self.shown = cells, 0

    def forward(self, x):
        self.shown += len(x)
        means = functional.adaptive_avg_pool2d(x, self.cells)
        return means if self.cells > 1 else means.flatten(1)


class Kept(nn.Module):
    """Stands for a student: keeps what it is shown, and says the means of the features."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, features):
        self.seen.append(features)
        return features.mean((2, 3))


def task(folder, kept, **options):
    options = {"batch": 8, "cuts": 2, "every": 2} | options
    return DistilOnStem(
        folder, CPU, stem=Means(2), rest=Means(1), teacher=Means(1), sides=(32, 48), kept=kept, **options
    )


def followed(task, steps):
    student = Kept()
    for step in steps:
        torch.manual_seed(step)
        with torch.autocast("cpu", torch.bfloat16):  # as a run does
            task.loss(student, step)
    return student.seen


def test_stem_and_teacher_look_once_at_each_cut_and_never_again_after_a_restart(everyday_data, tmp_path):
    whole = task(everyday_data, tmp_path)
    count = len(everyday(everyday_data)[0])
    looked = [whole.stem.shown]
    seen = []
    for step in range(4):
        seen += followed(whole, [step])
        looked.append(whole.stem.shown)
    assert looked == [0, count, count, 2 * count, 2 * count]
    resumed = task(everyday_data, tmp_path)
    assert torch.equal(followed(resumed, [3])[0], seen[3])
    assert resumed.stem.shown == resumed.teacher.shown == 0
    elsewhere = task(everyday_data, tmp_path / "other")
    assert torch.equal(followed(elsewhere, [3])[0], seen[3]), "the cuts are the same each time"


def test_both_are_shown_the_same_cut_and_another_one_the_next_time(everyday_data, tmp_path):
    made = task(everyday_data, tmp_path)
    first, second = (made._cut(number) for number in range(2))
    # Each photograph is of one colour, so whatever is cut has the same mean for both.
    torch.testing.assert_close(first.features.float().mean((2, 3)), first.logits.float(), atol=0.02, rtol=0)
    assert not torch.equal(first.logits, second.logits), "at least brightness is another"


def test_the_score_is_the_share_of_the_teachers_first_answers(everyday_data, tmp_path):
    made = task(everyday_data, tmp_path)
    _, validation = everyday(everyday_data)
    shown = normalised(validation.centred(48), mean=MEAN, std=STD).mean((2, 3))
    answers = shown.argmax(1)

    class Says(nn.Module):
        """The class that is the teacher's most often, each time."""

        def forward(self, features):
            return functional.one_hot(torch.full((len(features),), int(answers.mode().values)), 3).float()

    with torch.autocast("cpu", torch.bfloat16):
        share = made.score(Says())
    assert share == pytest.approx(float((answers == answers.mode().values).sum()) / VALIDATION)
    assert made.score(Kept()) > 0.95  # means of features are means of the picture, but for 16 bits
