import numpy as np
import pytest
import torch

from explorer.data.imagenette import (
    CLASSES,
    Photographs,
    _cut_in_memory,
    _cut_on_device,
    _places,
    augmented,
    mixed,
    normalised,
    one_hot,
    photographs,
)
from explorer.errors import AnalysisError
from tests.training.photographs import archive

CPU = torch.device("cpu")


def test_photographs_come_back_in_order_red_first(tmp_path):
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (5 + i, 9 - i, 3), np.uint8) for i in range(4)]
    archive(tmp_path / "few.npz", pictures, [3, 1, 4, 1])
    result = photographs(tmp_path / "few.npz")
    assert result.labels.tolist() == [3, 1, 4, 1]
    for one, other in zip(result.pictures, pictures, strict=True):
        np.testing.assert_array_equal(one, other)


def test_photographs_that_are_not_there_are_said_in_a_sentence(tmp_path):
    with pytest.raises(AnalysisError, match=r"no imagenette-train\.npz"):
        photographs(tmp_path / "imagenette-train.npz")


def test_the_validation_part_is_the_end_and_is_not_learnt_from():
    whole = Photographs([np.full((2, 2, 3), i, np.uint8) for i in range(10)], np.arange(10))
    learn, held_out = whole.split(3)
    assert learn.labels.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert held_out.labels.tolist() == [7, 8, 9]
    assert [int(p[0, 0, 0]) for p in held_out.pictures] == [7, 8, 9]


def test_the_centred_square_leaves_out_both_ends_alike():
    wide = np.zeros((4, 8, 3), np.uint8)
    wide[:, 2:6] = 200
    wide[:2, 2:6] = 100
    tall = np.swapaxes(wide, 0, 1).copy()
    result = Photographs([wide, tall], np.zeros(2)).centred(4)
    assert result.shape == (2, 3, 4, 4)
    assert (result[0, :, :2] == 100).all()
    assert (result[0, :, 2:] == 200).all()
    assert (result[1, :, :, :2] == 100).all()
    assert (result[1, :, :, 2:] == 200).all()


def test_cuts_show_a_whole_area_of_the_photograph_and_mirror_half_of_them():
    ramp = np.zeros((60, 60, 3), np.uint8)
    ramp[..., :] = np.linspace(20, 120, 60, dtype=np.uint8)[None, :, None]
    photos = Photographs([ramp], np.zeros(1))
    torch.manual_seed(0)
    result = augmented(photos, torch.zeros(256, dtype=torch.long), 16, smallest=0.3)
    assert result.shape == (256, 3, 16, 16)
    assert 0 <= result.min() <= result.max() <= 255
    rows = result.mean((1, 2))  # along the ramp
    rising, falling = (rows.diff() >= -1e-3).all(1), (rows.diff() <= 1e-3).all(1)
    assert (rising ^ falling).all()
    assert 0.35 < rising.float().mean() < 0.65
    assert result.std((0, 2, 3)).min() > 5  # not all alike


def test_cuts_fit_photographs_of_any_shape():
    shapes = [(1, 1), (3, 90), (90, 3), (144, 200)]
    photos = Photographs([np.full((*shape, 3), 90, np.uint8) for shape in shapes], np.zeros(4))
    for seed in range(20):
        torch.manual_seed(seed)
        result = augmented(photos, torch.arange(4), 8, smallest=0.1)
        assert torch.allclose(result, result[..., :1, :1].expand_as(result))  # one colour stays one colour


def test_cuts_on_a_device_show_what_opencvs_show():
    rows, columns = np.mgrid[:90, :120] / 20
    waves = [
        np.stack([np.sin(rows + i), np.cos(columns - i), np.sin(rows + columns * i)], -1) for i in range(6)
    ]
    pictures = [np.uint8(127 + 120 * wave[: 60 + 6 * i, : 120 - 9 * i]) for i, wave in enumerate(waves)]
    photos, chosen = Photographs(pictures, np.zeros(6)), torch.tensor([5, 0, 3, 3, 1])
    torch.manual_seed(1)
    places, _ = _places([pictures[at].shape for at in chosen.tolist()], 0.3)
    for size in (32, 100):  # smaller than the cuts, and larger
        one, other = (cut(photos, chosen, places, size, CPU) for cut in (_cut_in_memory, _cut_on_device))
        assert other.shape == (5, 3, size, size)
        inner = (one - other)[..., 2:-2, 2:-2].abs()  # at the rim one of them reads past the cut
        assert inner.mean() < 1
        assert inner.max() < 6


def test_the_label_of_a_mixture_has_the_share_of_its_pixels():
    values = torch.arange(10.0)
    pictures = values.view(10, 1, 1, 1).expand(10, 3, 32, 32)
    seen = set()
    for seed in range(40):
        torch.manual_seed(seed)
        result, targets = mixed(pictures, torch.eye(10))
        torch.testing.assert_close(targets.sum(1), torch.ones(10))
        torch.testing.assert_close(result.mean((1, 2, 3)), targets @ values, atol=1e-4, rtol=1e-4)
        seen.add("cut" if {float(v) for v in result.flatten()} <= set(values.tolist()) else "blend")
    assert seen == {"cut", "blend"}
    assert torch.equal(
        pictures[..., 0, 0], values.view(10, 1).expand(10, 3)
    )  # the batch itself is not written to


def test_smoothed_labels_are_distributions_with_their_label_on_top():
    labels = torch.tensor([3, 0, 9])
    result = one_hot(labels, smoothing=0.1)
    torch.testing.assert_close(result.sum(1), torch.ones(3))
    assert result.argmax(1).tolist() == [3, 0, 9]
    assert result.min() == pytest.approx(0.1 / len(CLASSES))


def test_normalised_pictures_have_the_models_zero_and_unit():
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    at_mean = torch.tensor(mean).view(1, 3, 1, 1) * 255
    one_up = (torch.tensor(mean) + torch.tensor(std)).view(1, 3, 1, 1) * 255
    torch.testing.assert_close(normalised(at_mean), torch.zeros(1, 3, 1, 1), atol=1e-5, rtol=0)
    torch.testing.assert_close(normalised(one_up), torch.ones(1, 3, 1, 1), atol=1e-5, rtol=0)
