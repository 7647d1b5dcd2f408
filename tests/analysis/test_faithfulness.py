import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from explorer.analysis.faithfulness import (
    BASELINES,
    baselines,
    bootstrap_ci,
    faithfulness_curves,
    rank_correlation,
    removal_order,
)
from explorer.errors import ControlError
from explorer.geometry import Grid
from tests.analysis.written_out import pictures, small_vit

GRID = Grid(3, 4, 24, 32)


def written_out(
    model: nn.Module, x: Tensor, values: np.ndarray, target: int, *, order: str, steps: int
) -> list[float]:
    """One picture's curve, cell by cell."""
    cells = sorted(((row, column) for row in range(3) for column in range(4)), key=lambda at: -values[at])
    mean = [float(x[0, colour].mean()) for colour in range(3)]
    result = []
    for step in range(steps + 1):
        chosen = cells[: round(step / steps * 12)]
        shown = x.clone()
        for row, column in ((r, c) for r in range(3) for c in range(4)):
            if ((row, column) in chosen) == (order == "deletion"):
                for colour in range(3):
                    shown[0, colour, row * 8 : row * 8 + 8, column * 8 : column * 8 + 8] = mean[colour]
        logits = model(shown)[0]
        result.append(float(logits[target].exp() / logits.exp().sum()))
    return result


@pytest.mark.parametrize("order", ["deletion", "insertion"])
def test_curves_are_those_written_out(order):
    model, x = small_vit(1), pictures(3)
    values = np.random.default_rng(0).random((3, 3, 4))
    result = faithfulness_curves(model, x, values, GRID, (1, 0, 3), order=order, steps=6, at_once=5)
    for b, target in enumerate((1, 0, 3)):
        wanted = written_out(model, x[b : b + 1], values[b], target, order=order, steps=6)
        np.testing.assert_allclose(result.probability[b], wanted, atol=1e-9)
    np.testing.assert_allclose(result.shares, np.arange(7) / 6)
    rows = result.probability
    np.testing.assert_allclose(result.area, ((rows[:, 1:] + rows[:, :-1]) / 2).sum(-1) / 6)


class BrightCorner(nn.Module):
    """Says 1 as far as the last cell of the first row is bright."""

    def forward(self, x: Tensor) -> Tensor:
        bright = x[:, :, :8, 24:].mean((1, 2, 3))
        return torch.stack([torch.zeros_like(bright), 20 * bright - 10], -1)


def test_no_map_beats_that_of_the_one_cell_that_is_read():
    x = torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(0)) * 0.2
    x[:, :, :8, 24:] = 1
    true = np.zeros((1, 3, 4))
    true[0, 0, 3] = 1
    random = np.random.default_rng(1)
    for order, sign in (("deletion", 1), ("insertion", -1)):
        best = faithfulness_curves(BrightCorner(), x, true, GRID, (1,), order=order, steps=12).area[0]
        for _ in range(10):
            other = faithfulness_curves(
                BrightCorner(), x, random.random((1, 3, 4)), GRID, (1,), order=order, steps=12
            ).area[0]
            assert sign * best <= sign * other + 1e-12
    one_step = np.array([1, *[0] * 12]), np.array([0, *[1] * 12])
    for order, steps in zip(("deletion", "insertion"), one_step, strict=True):
        result = faithfulness_curves(BrightCorner(), x, true, GRID, (1,), order=order, steps=12).probability[
            0
        ]
        np.testing.assert_allclose(result, steps, atol=0.02)


def test_equal_cells_are_taken_in_no_order_of_the_grid_but_the_same_each_time():
    flat = np.zeros((3, 4))
    assert not np.array_equal(removal_order(flat), np.arange(12))
    assert np.array_equal(removal_order(flat), removal_order(flat))
    assert sorted(removal_order(flat)) == list(range(12))
    assert list(removal_order(np.array([[0.1, 0.3], [-2.0, 0.2]]))) == [1, 3, 0, 2]


def test_a_blurred_filling_keeps_the_picture_far_from_edges():
    model, x = small_vit(1), torch.ones(1, 3, 24, 32, dtype=torch.float64)
    result = faithfulness_curves(
        model, x, np.zeros((1, 3, 4)), GRID, (0,), order="deletion", steps=4, fill="blur"
    )
    np.testing.assert_allclose(
        result.probability, result.probability[0, 0], atol=1e-9
    )  # even: blurring changes nothing
    shown = faithfulness_curves(
        model, pictures(1), np.zeros((1, 3, 4)), GRID, (0,), order="insertion", steps=4, fill="blur"
    )
    assert np.ptp(shown.probability) > 0


def test_baselines_know_the_picture_at_most():
    x = torch.zeros(2, 3, 24, 32)
    x[1, :, :, 16:] = 1  # one upright edge in the middle
    result = baselines(x, GRID)
    assert tuple(result) == BASELINES
    blob, edges = result["blob in the middle"], result["edges"]
    assert blob[0, 1, 1] == blob.max()
    np.testing.assert_allclose(blob[0], blob[0, ::-1, ::-1])
    assert not edges[0].any()
    assert (edges[1][:, [1, 2]] > 0).all()
    assert not edges[1][:, [0, 3]].any()
    assert not np.allclose(result["random order"][0], result["random order"][1])


def test_disagreement_is_spearmans():
    random = np.random.default_rng(3)
    maps = [random.integers(0, 5, (3, 4)).astype(float) for _ in range(4)]
    result = rank_correlation(maps)
    for i in range(4):
        for j in range(4):
            assert result[i, j] == pytest.approx(spearmanr(maps[i].ravel(), maps[j].ravel()).statistic)
    assert np.isnan(rank_correlation([maps[0], np.ones((3, 4))])[0, 1])


def test_the_interval_covers_the_mean_about_as_often_as_it_says():
    random = np.random.default_rng(0)
    covered = sum(
        low <= 0 <= high for _, low, high in (bootstrap_ci(random.normal(size=60)) for _ in range(100))
    )
    assert 86 <= covered <= 100
    assert bootstrap_ci(np.array([0.25])) == (0.25, 0.25, 0.25)


def test_progress_is_told_and_can_stop_it():
    told: list[float] = []
    model, x, values = small_vit(0), pictures(1), np.zeros((1, 3, 4))
    asked = {"order": "deletion", "steps": 8, "at_once": 2}
    faithfulness_curves(
        model, x, values, GRID, (0,), **asked, progress=lambda done, of: told.append(done / of)
    )
    assert told[0] == 0
    assert told[-1] == 1
    assert told == sorted(told)

    def stop(done: int, of: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        faithfulness_curves(model, x, values, GRID, (0,), **asked, progress=stop)


def test_what_cannot_be_asked_is_a_sentence():
    model, x, values = small_vit(1), pictures(2), np.zeros((2, 3, 4))
    with pytest.raises(ControlError, match="0 steps"):
        faithfulness_curves(model, x, values, GRID, (0, 0), order="deletion", steps=0)
    with pytest.raises(ControlError, match="1 classes are given for 2 pictures"):
        faithfulness_curves(model, x, values, GRID, (0,), order="deletion")
