"""What moves with the picture, on the models that ship and on networks small enough to be written out."""

import numpy as np
import pytest
import timm
import torch
from timm.layers import AvgPool2dSame, Conv2dSame
from timm.layers.pool2d_same import MaxPool2dSame
from torch import nn
from torch.nn import functional

from explorer import zoo
from explorer.analysis.equivariance import (
    features,
    layers_of,
    moved,
    permutation_error,
    permuted,
    shift_error,
)
from explorer.errors import ControlError, UnsupportedModel
from explorer.surgery import variant, without_positions


@pytest.fixture(scope="module")
def cnn():
    return zoo.load("cnn-128", device="cpu")


@pytest.fixture(scope="module")
def vit():
    return zoo.load("vit-128", device="cpu")


def noise(side, seed=0):
    return torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shift", [(1, 0), (3, 5), (0, 17)])
def test_with_circular_padding_and_stride_one_the_cnn_moves_along(cnn, shift):
    module = variant(cnn.module, padding="circular", strides="one")
    result = shift_error(module, noise(32), rows=shift[0], columns=shift[1])
    assert result.errors.max() < 1e-5
    assert result.change < 1e-5
    assert all(layer.difference.shape == (32, 32) for layer in result.layers)


@pytest.mark.parametrize(
    "name",
    [
        "vgg11",
        "resnet18d",
        "densenet121",
        "convnext_atto",
        "resnet10t",
        "resnetblur18",
        "regnetx_002",
        "tf_efficientnet_lite0",
    ],
)
def test_so_do_networks_that_shrink_in_other_ways(name):
    x = noise(32)
    module = timm.create_model(name, num_classes=5).eval()
    whole = variant(module, padding="circular", strides="one")
    result = shift_error(whole, x, rows=3, columns=5)
    assert result.errors.max() < 1e-5
    assert all(layer.difference.shape == (32, 32) for layer in result.layers)
    blurred = variant(module, padding="circular", strides="blurred")
    assert shift_error(blurred, noise(128), columns=32).errors.max() < 1e-5


def test_features_known_before_give_the_same_errors(cnn):
    x = noise(32)
    module = variant(cnn.module, padding="circular")
    known = features(module, x)
    assert known.nbytes == sum(4 * item.numel() for item in (*known.maps.values(), known.probs))
    for columns in (1, 7):
        again = shift_error(module, x, columns=columns, before=known)
        afresh = shift_error(module, x, columns=columns)
        np.testing.assert_array_equal(again.errors, afresh.errors)
        assert again.change == afresh.change > 0


def test_zeros_at_the_edge_and_strides_break_it(cnn):
    x = noise(64)
    zeros = shift_error(variant(cnn.module, strides="one"), x[..., :32, :32], columns=3).errors
    strided = shift_error(variant(cnn.module, padding="circular"), x, columns=1).errors
    blurred = shift_error(variant(cnn.module, padding="circular", strides="blurred"), x, columns=1).errors
    assert zeros[-1] > 1e-2
    assert strided[-1] > 1e-2
    assert blurred[0] < strided[0] / 2


def test_a_whole_cell_of_the_last_layer_is_no_aliasing(cnn):
    module = variant(cnn.module, padding="circular")
    assert shift_error(module, noise(64), columns=32).errors.max() < 1e-5


@pytest.mark.parametrize("seed", [0, 1])
def test_without_positions_the_vit_follows_any_order_of_its_patches(vit, seed):
    order = torch.randperm(len(vit.tokens.grid), generator=torch.Generator().manual_seed(seed))
    x = noise(vit.input_size[0], seed)
    bare = without_positions(vit.module, vit.tokens)
    assert permutation_error(bare, x, order, tokens=vit.tokens).errors.max() < 1e-5
    assert permutation_error(vit.module, x, order, tokens=vit.tokens).errors[1:].min() > 1e-2
    assert shift_error(bare, x, columns=8, rows=16, tokens=vit.tokens).errors.max() < 1e-5


@pytest.mark.parametrize("padding", ["as trained", "circular"])
@pytest.mark.parametrize("strides", ["as trained", "blurred", "one"])
def test_the_shared_model_is_never_changed(cnn, padding, strides):
    x = noise(32)
    before, described = cnn.module(x), str(cnn.module)
    variant(cnn.module, padding=padding, strides=strides)(x)
    assert str(cnn.module) == described
    assert torch.equal(cnn.module(x), before)


def test_a_variant_of_nothing_is_the_same_network(cnn):
    x = noise(32)
    assert torch.equal(variant(cnn.module)(x), cnn.module(x))


def test_circular_padding_is_a_picture_repeated_on_all_sides():
    torch.manual_seed(0)
    pools = nn.MaxPool2d(3, 1, 1), AvgPool2dSame((2, 3), 1), nn.AvgPool2d((1, 3), 1, (0, 1))
    net = nn.Sequential(nn.Conv2d(3, 4, 3, 1, 1), nn.ReLU(), *pools).eval()
    x = noise(8)
    wanted = net(x.repeat(1, 1, 3, 3))[..., 8:16, 8:16]
    torch.testing.assert_close(variant(net, padding="circular")(x), wanted)


def test_padding_by_the_size_of_the_picture_reads_the_opposite_edge_too():
    """TensorFlow's SAME padding puts the odd cell behind: written out on a picture that is repeated around itself."""
    torch.manual_seed(0)
    conv, pool, mean = Conv2dSame(3, 4, 3, 2, bias=True), MaxPool2dSame(3, 2), AvgPool2dSame(3, 2)
    x = noise(16)
    around = x.repeat(1, 1, 3, 3)[..., 16:, 16:]  # begins where the picture does: of 3 cells none lies before
    wanted = functional.conv2d(around, conv.weight, conv.bias, 2)[..., :8, :8]
    torch.testing.assert_close(variant(nn.Sequential(conv), padding="circular")(x), wanted)
    wanted = functional.max_pool2d(around, 3, 2)[..., :8, :8]
    torch.testing.assert_close(variant(nn.Sequential(pool), padding="circular")(x), wanted)
    wanted = functional.avg_pool2d(around, 3, 2)[..., :8, :8]
    torch.testing.assert_close(variant(nn.Sequential(mean), padding="circular")(x), wanted)


def test_every_stage_of_blocks_is_a_layer_also_those_between_strides():
    names = layers_of(zoo.load("efficientnet-lite0", device="cpu").module, None)
    assert names == tuple(
        f"blocks.{stage}.{at}" for stage, count in enumerate((1, 2, 2, 3, 3, 4, 1)) for at in range(count)
    )


def test_a_wave_moved_by_part_of_a_cell_is_the_wave_moved():
    at = torch.arange(16.0)
    wave = torch.cos(2 * np.pi * 3 * at / 16).expand(1, 1, 16, 16)
    wanted = torch.cos(2 * np.pi * 3 * (at - 0.3) / 16).expand(1, 1, 16, 16)
    torch.testing.assert_close(moved(wave, 0, 0.3), wanted, atol=1e-5, rtol=0)
    torch.testing.assert_close(moved(moved(wave, 0.5, 0.25), 0.5, 0.75), moved(wave, 1, 1), atol=1e-5, rtol=0)


def test_tiles_lie_where_the_order_says():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    out = permuted(x, torch.tensor([3, 1, 2, 0]), (2, 2))
    assert out[0, 0].tolist() == [[10, 11, 2, 3], [14, 15, 6, 7], [8, 9, 0, 1], [12, 13, 4, 5]]
    with pytest.raises(ControlError, match="do not fit"):
        permuted(x, torch.tensor([0, 0, 1, 2]), (2, 2))


def test_models_without_layers_or_codes_are_refused(cnn):
    with pytest.raises(UnsupportedModel, match="layers"):
        layers_of(nn.Conv2d(3, 3, 3), None)
    rotary = zoo.load("eva02_tiny_patch14_336.mim_in22k_ft_in1k", trained=False, device="cpu")
    with pytest.raises(UnsupportedModel, match="positions"):
        without_positions(rotary.module, rotary.tokens)
