"""Every layer is its paper's equation, in windows too; what it costs is what PyTorch counts."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from explorer.errors import ControlError
from explorer.models.attention_layers.catalogue import FUSED, LAYERS, Sizes, build
from tests.analysis.largest import Largest
from tests.models.layer_references import REFERENCES

SIZES = Sizes(features=12, heads=3, key=4, kernel=3, longest=9)
ROWS, COLUMNS = 5, 7


@pytest.mark.parametrize("name", [*LAYERS, FUSED])
def test_a_layer_is_its_sum_written_out_forward_and_backward(name):
    layer = build(
        name, Sizes(features=4, heads=2 if name != "augmented" else 1, key=4, kernel=3, longest=9), seed=3
    )
    layer.requires_grad_(True)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, 4, ROWS, COLUMNS, generator=generator).requires_grad_()
    towards = torch.randn(2, 4, ROWS, COLUMNS, generator=generator)
    written = torch.stack([REFERENCES[name](layer, row) for row in x])
    made = layer(x)
    torch.testing.assert_close(made, written, rtol=1e-5, atol=1e-5)
    asked = [x, *layer.parameters()]
    ours = torch.autograd.grad((made * towards).sum(), asked)
    theirs = torch.autograd.grad((written * towards).sum(), asked)
    for one, other in zip(ours, theirs, strict=True):
        assert other.abs().max() > 0.01
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5 * max(1.0, float(other.abs().max())))


@pytest.mark.parametrize("name", ["global", "augmented"])
def test_several_heads_are_dealt_out_as_written(name):
    layer = build(name, SIZES, seed=5)
    x = torch.randn(1, 12, 3, 4, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(layer(x)[0], REFERENCES[name](layer, x[0]), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", [*LAYERS, FUSED])
@pytest.mark.parametrize("shape", [(5, 7), (8, 3)])
def test_operations_by_formula_are_those_that_torch_counts(name, shape):
    layer = build(name, SIZES)
    with FlopCounterMode(display=False) as counted:
        layer(torch.randn(1, 12, *shape))
    assert layer.flops(*shape) == counted.get_total_flops()


@pytest.mark.parametrize("name", ["convolution", "depthwise", "stand-alone", "axial", FUSED])
def test_what_need_not_pair_all_cells_makes_nothing_of_that_size(name):
    rows, columns = 47, 50
    layer = build(name, Sizes(features=4, heads=1, key=4, kernel=7, longest=50))
    with Largest() as largest:
        layer(torch.randn(1, 4, rows, columns))
    assert largest.elements < (rows * columns) ** 2 / 8
    full = build("global", Sizes(features=4, heads=1, key=4))
    with Largest() as largest:
        full(torch.randn(1, 4, rows, columns))
    assert largest.elements == (rows * columns) ** 2


@pytest.mark.parametrize("name", [*LAYERS, FUSED])
def test_weights_are_shares_of_the_cells(name):
    layer = build(name, SIZES)
    weights = layer.weights(torch.randn(2, 12, ROWS, COLUMNS, generator=torch.Generator().manual_seed(4)))
    assert weights.shape[0] == 2
    assert weights.shape[2:] == (35, 35)
    if name != "non-local-dot":  # its weights are no shares
        assert (weights >= 0).all()
        torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:3]))


def test_stand_alone_weights_are_where_its_windows_are():
    layer = build("stand-alone", SIZES)
    x = torch.randn(1, 12, ROWS, COLUMNS, generator=torch.Generator().manual_seed(4))
    v = layer.value(x).reshape(1, 3, 4, 35)
    by_hand = torch.einsum("bhqk,bhek->bheq", layer.weights(x), v).reshape(1, 12, ROWS, COLUMNS)
    torch.testing.assert_close(by_hand, layer(x), rtol=1e-5, atol=1e-5)


def test_axial_weights_are_the_way_through_both_passes():
    layer = build("axial", SIZES)
    x = torch.randn(1, 12, ROWS, COLUMNS, generator=torch.Generator().manual_seed(4))
    result = layer.weights(x)[0, 0].reshape(ROWS, COLUMNS, ROWS, COLUMNS)
    height = layer.height.weights(x.transpose(2, 3))[0].mean(0)
    width = layer.width.weights(layer.height(x.transpose(2, 3)).transpose(2, 3))[0].mean(0)
    assert result[1, 2, 3, 4] == pytest.approx(float(width[1, 2, 4] * height[4, 1, 3]), rel=1e-5)


def test_queries_and_keys_alike_make_a_cell_attend_to_its_like():
    layer = build("global", Sizes(features=16, heads=1, key=16), alike=True, sharpness=8.0)
    x = torch.randn(1, 16, 4, 4, generator=torch.Generator().manual_seed(0))
    assert (layer.weights(x)[0, 0].argmax(-1) == torch.arange(16)).float().mean() > 0.8


@pytest.mark.parametrize(
    ("name", "sizes", "said"),
    [
        ("global", Sizes(features=10, heads=4), "cannot be dealt out"),
        ("convolution", Sizes(kernel=4), "cannot be 4 cells wide"),
        ("stand-alone", Sizes(key=3), "cannot be halved"),
        ("mixer", Sizes(), "no layer called"),
    ],
)
def test_what_does_not_fit_is_a_sentence(name, sizes, said):
    with pytest.raises(ControlError, match=said):
        build(name, sizes)


def test_a_picture_larger_than_the_positions_is_a_sentence():
    with pytest.raises(ControlError, match="made for 9"):
        build("axial", SIZES)(torch.randn(1, 12, 10, 3))
