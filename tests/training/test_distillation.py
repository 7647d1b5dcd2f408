"""What the student is shown and asked, against slow readings of the same."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.data.everyday import FILES, HELD_OUT, LONG, SHORT, VALIDATION, everyday, held_out, held_out_in
from explorer.models.distilled import Teacher, on_grid
from explorer.training import distillation
from explorer.training.distillation import FEATURES, TEACHER, Distil
from explorer.zoo.packaged import build_packaged
from tests.training.photographs import archive

CPU = torch.device("cpu")


def test_every_photograph_is_in_one_part_alone(everyday_data):
    learn, validation = everyday(everyday_data)
    kept = [*held_out(everyday_data, range(5)), *held_out(everyday_data, range(5, HELD_OUT))]
    assert (len(validation), len(kept), held_out_in(everyday_data)) == (VALIDATION, HELD_OUT, HELD_OUT)
    numbers = [
        int(picture[0, 0, 0]) + 256 * int(picture[0, 0, 1])
        for part in (learn.pictures, validation.pictures, kept)
        for picture in part
    ]
    assert sorted(numbers) == list(range(len(numbers)))


def test_a_large_photograph_is_shrunk_and_cut_in_the_middle(tmp_path):
    wide = np.zeros((2 * SHORT, 6 * SHORT, 3), np.uint8)
    wide[:, 3 * SHORT :] = 200  # the right half
    for file in FILES:
        archive(tmp_path / file, [wide] * 1001, [0] * 1001)
    learn, _ = everyday(tmp_path)
    kept = learn.pictures[0]
    assert kept.shape == (SHORT, LONG, 3)
    assert (kept[:, : LONG // 2 - 2] == 0).all()
    assert (kept[:, LONG // 2 + 2 :] == 200).all()


def test_the_teacher_says_what_its_network_says_and_its_own_maps():
    network = build_packaged("efficientnet-lite0")
    x = torch.rand(2, 3, 64, 96)
    seen = {}
    hooks = [
        network.blocks[at].register_forward_hook(lambda _, __, out, at=at: seen.update({at: out}))
        for at in (4, 6)
    ]
    with torch.no_grad():
        wanted = network(x)
    for hook in hooks:
        hook.remove()
    logits, fine, coarse = Teacher(network)(x)
    assert torch.equal(logits, wanted)
    assert torch.equal(fine, seen[4])
    assert torch.equal(coarse, seen[6])
    assert Teacher(network).features == fine.shape[1] + coarse.shape[1]


def test_features_on_a_grid_of_their_own_size_are_the_maps_standardised_cell_by_cell():
    fine, coarse = torch.randn(2, 5, 4, 4), torch.randn(2, 7, 4, 4)
    result = on_grid(fine, coarse, 4, 4)
    for row in range(4):
        for column in range(4):
            for maps, part in ((fine, slice(0, 5)), (coarse, slice(5, 12))):
                cell = maps[:, :, row, column].double()
                wanted = (cell - cell.mean(1, keepdim=True)) / (
                    cell.var(1, unbiased=False, keepdim=True) + 1e-5
                ).sqrt()
                torch.testing.assert_close(
                    result[:, 4 * row + column, part].double(), wanted, atol=1e-5, rtol=1e-5
                )


def test_pasted_patches_take_their_features_and_their_share_of_the_answer_along():
    torch.manual_seed(1)
    count, grid, patch = 6, 5, 4
    # Picture i is i everywhere, and so are its features; its answer is class i.
    pictures = torch.arange(count).float().view(-1, 1, 1, 1).expand(-1, 3, grid * patch, grid * patch)
    features = torch.arange(count).float().view(-1, 1, 1).expand(-1, grid * grid, 2)
    mixed, answers, moved = distillation._pasted(pictures, torch.eye(count), features, grid)
    pasted = 0
    for i in range(count):
        other = (i - 1) % count
        cells = functional.avg_pool2d(mixed[i, :1], patch)[0]
        assert set(cells.unique().tolist()) <= {float(i), float(other)}, "whole patches of two pictures"
        assert torch.equal(moved[i, :, 0].view(grid, grid), cells)
        share = float((cells == other).float().mean())
        assert float(answers[i, other]) == pytest.approx(share)
        assert float(answers[i, i]) == pytest.approx(1 - share)
        pasted += share > 0
    assert pasted > 1


class Colour(nn.Module):
    """Stands for a teacher: its logits are two colours' means, its maps the picture's own, coarser."""

    def forward(self, x):
        return x.mean((2, 3))[:, :2], functional.avg_pool2d(x, 16), functional.avg_pool2d(x, 32)


def test_steps_that_share_a_batch_see_the_same_pictures_and_a_resumed_run_too(everyday_data, monkeypatch):
    monkeypatch.setattr(distillation, "build_packaged", lambda name: build_packaged("efficientnet-lite0"))

    def task():
        made = Distil(everyday_data, CPU, batch=4, repeats=2, sizes=((10**6, 32),))
        made.teacher = Colour()
        return made

    class Kept(nn.Module):
        def __init__(self):
            super().__init__()
            self.seen = []

        def forward(self, x):
            self.seen.append(x)
            return torch.zeros(len(x), 2), torch.zeros(len(x), 4, 6)

    one, other = Kept(), Kept()
    whole = task()
    for step in range(4):
        torch.manual_seed(step)
        whole.loss(one, step)
    resumed = task()  # as after a restart in the middle of a batch
    torch.manual_seed(3)
    resumed.loss(other, 3)
    assert torch.equal(one.seen[3], other.seen[0])
    assert not torch.equal(one.seen[0], one.seen[1]), "the second time they are pasted into each other"
    assert not torch.equal(one.seen[0], one.seen[2])
    # The first time every picture is as the teacher saw it, brought to its side.
    pictures = whole._batch(1)[0]
    shown = functional.interpolate(pictures, (32, 32), mode="bilinear", antialias=True)
    torch.testing.assert_close(one.seen[2], (shown / 255 - 0.5) / 0.5)


def test_the_students_map_is_to_all_of_the_teachers_features():
    assert Teacher(build_packaged(TEACHER)).features == FEATURES
