"""The effective field against whole Jacobians, closed forms and what must be zero."""

import weakref

import numpy as np
import pytest
import torch
from scipy.signal import convolve2d
from timm.models.resnet import BasicBlock, ResNet
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from explorer.analysis.field import (
    EffectiveField,
    depth_layers,
    effective_field,
    effective_fields,
    field_pass,
)
from explorer.analysis.field_growth import field_growth, fitted_exponent
from explorer.errors import AnalysisError, ControlError, UnsupportedModel
from explorer.geometry import Box, Cell, Grid, InputPoint


def thin_resnet():
    torch.manual_seed(0)
    net = ResNet(
        BasicBlock, [1, 1, 1, 1], channels=[8, 8, 16, 16], stem_width=8, num_classes=3, zero_init_last=False
    )
    return net.eval().requires_grad_(False)


def small_vit(**options):
    torch.manual_seed(0)
    message = {
        "img_size": (16, 24),
        "patch_size": 8,
        "embed_dim": 16,
        "depth": 2,
        "num_heads": 2,
        "num_classes": 3,
    }
    return VisionTransformer(**{**message, **options}).eval().requires_grad_(False)


def field_of(values, centre):
    values = np.asarray(values, float)
    return EffectiveField("a", Cell(0, 0), centre, values / values.sum(), None, pictures=1, draws=1)


def test_one_channel_gives_the_magnitude_of_the_jacobian():
    torch.manual_seed(1)
    net = nn.Sequential(
        nn.Conv2d(3, 5, 3, padding=1), nn.Tanh(), nn.Conv2d(5, 1, 3, padding=1)
    ).requires_grad_(False)
    net = net.eval()
    x = torch.randn(1, 3, 9, 11)
    jacobian = torch.autograd.functional.jacobian(lambda picture: net(picture)[0, 0, 4, 6], x)[0]
    wanted = jacobian.square().sum(0).sqrt().numpy()
    result = effective_field(net, x, layer="2", at=Cell(4, 6), draws=1)
    np.testing.assert_allclose(result.map, wanted / wanted.sum(), atol=1e-6)


def test_random_signs_sum_the_squares_over_channels_and_pictures():
    torch.manual_seed(1)
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 6, 3, padding=1))
    net = net.eval().requires_grad_(False)
    x = torch.randn(2, 3, 7, 7)
    jacobians = [
        torch.autograd.functional.jacobian(lambda picture: net(picture)[0, :, 3, 3], row[None])[:, 0]
        for row in x
    ]
    wanted = torch.stack(jacobians).square().sum((0, 1, 2)).sqrt().numpy()
    result = effective_field(net, x, layer="2", at=Cell(3, 3), draws=3000)
    np.testing.assert_allclose(result.map, wanted / wanted.sum(), atol=2e-3)
    assert result.pictures == 2


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_a_stack_of_equal_weights_gives_the_repeated_convolution_of_a_square(depth):
    net = nn.Sequential(*[nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(depth)]).eval()
    for parameter in net.parameters():
        nn.init.constant_(parameter, 1 / 9)
    wanted = np.ones((1, 1))
    for _ in range(depth):
        wanted = convolve2d(wanted, np.ones((3, 3)) / 9)
    result = effective_field(net, torch.rand(1, 1, 21, 21), layer=str(depth - 1), at=Cell(10, 10), draws=1)
    part = slice(10 - depth, 11 + depth)
    np.testing.assert_allclose(result.map[part, part], wanted, atol=1e-6)
    # The variance of a uniform 3-pixel step is 2/3, and variances add up.
    assert result.sigma == pytest.approx(np.sqrt(depth * 2 / 3), rel=1e-4)
    assert result.theoretical_radius == depth + 0.5


def test_nothing_is_felt_outside_the_theoretical_field():
    net, x = thin_resnet(), torch.randn(2, 3, 96, 64)
    for result in effective_fields(
        net, x, layers=depth_layers(net, input_size=(96, 64)), at=InputPoint(30, 40)
    ):
        assert result.theoretical is not None
        assert result.mass_in(result.theoretical) == pytest.approx(1, abs=1e-9)
        assert result.map.sum() == pytest.approx(1)
        assert result.map.min() >= 0


def test_a_pass_weighs_what_its_graph_holds_and_is_freed_with_it():
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Sigmoid()).requires_grad_(False).eval()
    seen = field_pass(net, torch.randn(1, 3, 32, 32), layers=("0", "1"))
    assert seen.nbytes == 4 * (3 + 8) * 32 * 32  # what the convolution is given and the sigmoid gives
    node = weakref.ref(seen.activations["1"])
    del seen
    assert node() is None


def test_the_unit_taken_is_the_one_whose_field_is_nearest():
    net, x = thin_resnet(), torch.randn(1, 3, 64, 64)
    result = effective_field(net, x, layer="layer1.0", at=InputPoint(21, 43))
    assert result.cell == Cell(5, 11)
    assert result.centre == InputPoint(20.5, 44.5)


def test_a_token_that_attends_to_nothing_feels_its_own_patch_alone():
    net = small_vit()
    for block in net.blocks:
        nn.init.zeros_(block.attn.proj.weight)
    cell, grid = Cell(1, 2), Grid(2, 3, 16, 24)
    for result in effective_fields(net, torch.randn(1, 3, 16, 24), layers=("blocks.0", "blocks.1"), at=cell):
        assert result.mass_in(grid.box_of(cell)) == pytest.approx(1, abs=1e-9)
        assert result.centre == grid.centre_of(cell)
        assert result.theoretical is None


@pytest.mark.parametrize("options", [{}, {"class_token": False, "global_pool": "avg"}, {"reg_tokens": 4}])
def test_a_token_feels_the_whole_picture_after_one_block_of_attention(options):
    net = small_vit(**options)
    cell = Cell(0, 1)
    result = effective_field(net, torch.randn(1, 3, 16, 24), layer="blocks.0", at=cell)
    assert (result.map > 0).all()
    # Its own patch reaches it by the residual path, the others only by attention.
    assert result.map[:8, 8:16].mean() > 2 * result.map[8:].mean()


def test_the_model_and_the_pictures_are_left_as_they_were():
    net, x = thin_resnet(), torch.randn(1, 3, 64, 64)
    before = x.clone()
    with torch.no_grad():
        wanted = net(x)
        effective_field(net, x, layer="layer1.0")
        assert torch.equal(net(x), wanted)
    assert torch.equal(x, before)
    assert not x.requires_grad
    assert x.grad is None
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in net.modules())
    assert not any(parameter.requires_grad for parameter in net.parameters())


def test_the_same_seed_gives_the_same_map():
    net, x = small_vit(), torch.randn(1, 3, 16, 24)  # no ReLU: every number of the unit has a gradient
    one, same, other = (
        effective_field(net, x, layer="blocks.0", draws=1, seed=seed).map for seed in (3, 3, 4)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_depth_is_told_by_blocks():
    names = depth_layers(thin_resnet(), input_size=(64, 64))
    assert names == ("act1", "maxpool", "layer1.0", "layer2.0", "layer3.0", "layer4.0")
    assert depth_layers(small_vit(), input_size=(16, 24)) == ("blocks.0", "blocks.1")


def test_radii_hold_their_share_of_a_map_that_is_known():
    values = np.zeros((9, 9))
    values[4, 4] = 6
    values[4, 7] = values[1, 4] = 2  # 3 pixels away
    known = field_of(values, InputPoint(4.5, 4.5))
    assert known.radius_50 == 0
    assert known.radius_holding(1.0) == pytest.approx(3)
    assert known.sigma == pytest.approx(np.sqrt(0.4 * 9 / 2))
    assert known.mass_in(Box(0, 0, 9, 5)) == pytest.approx(0.8)


def test_radius_of_an_even_map_is_that_of_the_disc():
    known = field_of(np.ones((201, 201)), InputPoint(100.5, 100.5))
    assert known.radius_50 == pytest.approx(np.sqrt(0.5 * 201**2 / np.pi), rel=0.01)


def test_questions_without_an_answer_are_sentences():
    net, x = thin_resnet(), torch.randn(1, 3, 64, 64)
    with pytest.raises(ControlError, match="no part called"):
        effective_field(net, x, layer="layer9")
    with pytest.raises(ControlError, match="no unit at row 99"):
        effective_field(net, x, layer="layer1.0", at=Cell(99, 0))
    with pytest.raises(UnsupportedModel, match="no place in the picture"):
        effective_field(net, x, layer="fc")
    dead = nn.Sequential(nn.Conv2d(3, 2, 3)).eval().requires_grad_(False)
    nn.init.zeros_(dead[0].weight)
    with pytest.raises(AnalysisError, match="No pixel changes the unit of 0"):
        effective_field(dead, x, layer="0")


def test_growth_of_random_stacks_is_that_of_a_random_walk():
    """Mean squared gradients of independent weights are the repeated convolution of a square (Luo et al.,
    2016)."""
    growth = field_growth((2, 4, 8), activation="none", seeds=8, draws=4, width=8, resamples=50)
    for depth, sigma in zip(growth.depths, growth.sigma, strict=True):
        energy = np.ones((1, 1))
        for _ in range(depth):
            energy = convolve2d(energy, np.ones((3, 3)) / 9)
        amplitude = np.sqrt(energy)
        place = np.arange(-depth, depth + 1)
        wanted = np.sqrt((amplitude.sum(0) * place**2).sum() / amplitude.sum())
        assert sigma == pytest.approx(wanted, rel=0.06)
    low, high = growth.interval
    assert low < growth.exponent < high
    assert list(growth.theoretical) == [2.5, 4.5, 8.5]


def test_the_exponent_of_a_power_is_found():
    depths = (2, 5, 9, 30)
    assert fitted_exponent(depths, [7 * depth**0.37 for depth in depths]) == pytest.approx(0.37)


def test_one_depth_has_no_exponent():
    with pytest.raises(ControlError, match="at least two depths"):
        field_growth((4,))
