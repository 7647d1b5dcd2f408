"""Reach is what moving a cell changes; weights are those of the layers, one after the other."""

import numpy as np
import pytest
import torch

from explorer.analysis.layer_looks import layer_look, picture_cells, picture_features
from explorer.errors import ControlError
from explorer.geometry import Cell
from explorer.models.attention_layers.catalogue import LAYERS, Sizes, build

SIZES = Sizes(features=8, heads=2, key=4, kernel=3, longest=9)
ROWS, COLUMNS, CELL = 6, 9, Cell(2, 3)


def stack(name, depth):
    return [build(name, SIZES, seed=seed) for seed in range(depth)]


def given():
    return torch.randn(1, 8, ROWS, COLUMNS, generator=torch.Generator().manual_seed(9))


def square(half):
    result = np.zeros((ROWS, COLUMNS), bool)
    result[
        max(0, CELL.row - half) : CELL.row + half + 1, max(0, CELL.column - half) : CELL.column + half + 1
    ] = True
    return result


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("depth", [1, 2])
def test_reach_is_what_moving_a_cell_changes(name, depth):
    layers, x = [item.double() for item in stack(name, depth)], given().double()

    def answer(x):
        for at, layer in enumerate(layers):
            x = layer(x)
            if at < depth - 1:
                x = (x - x.mean(1, keepdim=True)) / (x.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
        return x[0, :, CELL.row, CELL.column]

    before, changed = answer(x), np.zeros((ROWS, COLUMNS), bool)
    for row in range(ROWS):
        for column in range(COLUMNS):
            moved = x.clone()
            moved[0, :, row, column] += torch.linspace(-1, 2, 8, dtype=torch.float64)
            changed[row, column] = (answer(moved) - before).abs().max() > 1e-13
    result = layer_look(layers, x, CELL)
    np.testing.assert_array_equal(result.can, changed)
    if name in ("convolution", "depthwise", "stand-alone"):
        np.testing.assert_array_equal(result.can, square(depth))
        assert not result.does[~result.can].any()
    else:
        assert result.share == 1
    assert result.does.sum() == pytest.approx(1)


def test_the_weights_of_two_layers_are_carried_from_the_last_to_the_first():
    first, second = stack("global", 2)
    x = given()
    y = first(x)
    y = (y - y.mean(1, keepdim=True)) / (y.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    one, two = first.weights(x)[0].mean(0).numpy(), second.weights(y)[0].mean(0).numpy()
    by_hand = sum(two[CELL.row * COLUMNS + CELL.column, via] * one[via] for via in range(ROWS * COLUMNS))
    result = layer_look([first, second], x, CELL)
    np.testing.assert_allclose(result.does.ravel(), by_hand, rtol=1e-4)
    even = layer_look([build("global", SIZES, sharpness=0.0)], x, CELL)
    assert even.entropy == pytest.approx(np.log2(ROWS * COLUMNS), abs=1e-5)


def test_a_cell_outside_is_a_sentence():
    with pytest.raises(ControlError, match=r"no cell \(7, 1\)"):
        layer_look(stack("global", 1), given(), Cell(6, 0))


def test_a_picture_becomes_cells_that_tell_its_places_apart():
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 30:] = (200, 100, 50)
    cells = picture_cells(pixels, 4)
    assert (cells[:, 0] == 0).all()
    assert (cells[:, 3] == (200, 100, 50)).all()
    x = picture_features(pixels, 4, 16)
    assert x.shape == (1, 16, 4, 4)
    torch.testing.assert_close(x[0, :, 0, 0], x[0, :, 3, 1])
    assert (x[0, :, 0, 0] - x[0, :, 0, 3]).abs().max() > 0.5
    assert torch.isfinite(picture_features(np.full((9, 9, 3), 7, np.uint8), 3, 8)).all()
