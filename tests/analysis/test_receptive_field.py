"""The receptive field against brute force, published sizes, closed formulas and PyTorch's own counters."""

from functools import partial

import numpy as np
import pytest
import timm
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from timm.layers import BlurPool2d, ConvNormAct
from timm.models.convnext import ConvNeXt
from timm.models.densenet import DenseNet
from timm.models.dla import DLA, DlaBottleneck
from timm.models.dpn import DPN
from timm.models.inception_v3 import InceptionA, InceptionB, InceptionC
from timm.models.res2net import Bottle2neck
from timm.models.resnet import BasicBlock, Bottleneck, ResNet
from timm.models.tresnet import TResNet
from timm.models.vgg import VGG
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from explorer.analysis.receptive_field import receptive_field
from explorer.errors import ControlError, UnsupportedModel
from explorer.geometry import Cell, InputPoint
from tests.analysis.perturbation import intervals, made_visible, seen_along

THIN = {"channels": [8, 8, 16, 16], "stem_width": 8, "num_classes": 0, "zero_init_last": False}


class Head(nn.Sequential):
    """Layers without a name of their own, as one network."""


def resnet(block=BasicBlock, layers=(1, 1, 1, 1), **options):
    return ResNet(block, list(layers), **{**THIN, **options})


NETWORKS = {
    "resnet": lambda: resnet(layers=(2, 2, 1, 1)),
    "resnet, bottlenecks": lambda: resnet(Bottleneck),
    "resnet, deep stem and averaged shortcuts": lambda: resnet(stem_type="deep", avg_down=True),
    "resnet, blurred": lambda: resnet(aa_layer=BlurPool2d),
    "resnet, output stride 8 by dilation": lambda: resnet(output_stride=8),
    "resnet, max pooling replaced": lambda: resnet(replace_stem_pool=True),
    "resnext": lambda: resnet(Bottleneck, cardinality=4, base_width=4, channels=[16, 16, 16, 16]),
    "res2net": lambda: resnet(Bottle2neck, (1, 1, 1, 1), base_width=8, block_args={"scale": 4}),
    "vgg": lambda: VGG(cfg=[4, 4, "M", 8, 8, "M", 8, 8, "M", 8, "M"], num_classes=0),
    "densenet": lambda: DenseNet(growth_rate=4, block_config=(2, 2, 2, 2), num_classes=0),
    "dla": lambda: DLA([1, 1, 1, 2, 1, 1], [4, 4, 8, 8, 16, 16], block=DlaBottleneck, num_classes=0),
    "dpn": lambda: DPN(
        k_sec=(1, 1, 2, 1), inc_sec=(4, 4, 4, 4), k_r=16, groups=4, num_init_features=8, num_classes=0
    ),
    "tresnet, space to depth": lambda: TResNet([1, 1, 1, 1], num_classes=0, width_factor=0.125, in_chans=3),
    "convnext": lambda: ConvNeXt(depths=(1, 1, 2, 1), dims=(4, 8, 8, 16), num_classes=0),
    "inception, branches and stride": lambda: Head(
        nn.Conv2d(3, 4, 3, 2), InceptionA(4, 4), InceptionB(228, partial(ConvNormAct, padding=0))
    ),
    "inception, 1 x 7 kernels": lambda: Head(nn.Conv2d(3, 4, 3, 2), InceptionC(4, 4)),
    **{
        name: lambda name=name: timm.create_model(name, num_classes=0)
        for name in (
            "fasternet_t0",
            "ghostnet_050",
            "hardcorenas_a",
            "lcnet_035",
            "mnasnet_small",
            "mobilenetv2_035",
            "mobilenetv3_small_050",
            "mobilenetv4_conv_small_035",
            "regnetx_002",
            "repghostnet_050",
            "starnet_s050",
            "test_byobnet",
            "test_convnext",
            "test_efficientnet",
            "test_nfnet",
            "test_resnet",
            "tf_efficientnet_lite0",
            "tf_mobilenetv3_small_minimal_100",
            "tinynet_e",
        )
    },
}


def check_every_unit(module, size):
    """Every part through which everything passes, every unit, rows and columns."""
    field = receptive_field(module, input_size=size)
    assert field.depth
    for axis in (0, 1):
        changed = seen_along(module, size, axis=axis, names=field.depth)
        for name in field.depth:
            part = field.parts[name]
            reach = (part.rows, part.columns)[axis]
            first, last = intervals(changed[name])
            np.testing.assert_array_equal(reach.first, first, err_msg=name)
            np.testing.assert_array_equal(reach.last, last, err_msg=name)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_unit_sees_exactly_the_pixels_that_change_it(name):
    module = made_visible(NETWORKS[name]())
    check_every_unit(module, (64, 32))


@pytest.mark.parametrize(
    ("name", "size"),
    [("vgg16", 212), ("resnet18", 435), ("resnet50", 427), ("resnet34", 899)],
)
def test_last_feature_layer_has_the_published_size(name, size):
    """Araujo et al. 2019, the table of sizes; PyTorch's ResNets stride in the 3 x 3 convolution: 427, not
    483."""
    with torch.device("meta"):
        field = receptive_field(timm.create_model(name))
    assert field.features.size == (size, size)
    assert field.features.jump == (32.0, 32.0)


@pytest.mark.parametrize(
    ("module", "size"),
    [
        (
            lambda: VGG(cfg=[1, 1, "M", 1, 1, "M", 1, 1, 1, "M", 1, 1, 1, "M", 1, 1, 1, "M"], num_classes=0),
            212,
        ),
        (lambda: resnet(layers=(2, 2, 2, 2), channels=[2, 2, 2, 2], stem_width=2), 435),
        (lambda: resnet(Bottleneck, (3, 4, 6, 3), channels=[2, 2, 2, 2], stem_width=2), 427),
    ],
)
def test_sizes_of_the_large_networks_are_brute_force_too(module, size):
    """The same layers with few channels, on a picture high enough that the middle unit's field is not cut."""
    height = 32 * (size // 32 + 3)
    module = made_visible(module())
    field = receptive_field(module, input_size=(height, 32))
    middle = Cell(field.features.grid[0] // 2, 0)
    box = field.features.box(middle, clipped=False)
    assert box.height == size == field.features.size[0]
    edges = [int(box.top) - 1, int(box.top), int(box.bottom) - 1, int(box.bottom)]
    picture = torch.rand(1, 3, height, 32).repeat(5, 1, 1, 1) + 0.5
    for number, row in enumerate(edges):
        picture[number, :, row] = 1e30
    with torch.no_grad():
        output = module.forward_features(picture)[:, :, middle.row]
    changed = [bool((output[number] != output[4]).any()) for number in range(4)]
    assert changed == [False, True, True, False]


kernels = st.integers(1, 5)


@given(
    layers=st.lists(
        st.tuples(kernels, kernels, st.integers(1, 3), st.integers(1, 2)), min_size=1, max_size=6
    ),
    size=st.tuples(st.integers(150, 200), st.integers(150, 200)),
)
def test_a_chain_follows_the_recurrences(layers, size):
    """Araujo et al., equations 1 and 2, written out: r ← r + (k - 1) d S, S ← S s."""
    chain = nn.Sequential(
        *[
            nn.Conv2d(3, 3, (rows, columns), stride=stride, dilation=dilation)
            for rows, columns, stride, dilation in layers
        ]
    )
    wanted, product = [1, 1], 1
    for *kernel, stride, dilation in layers:
        wanted = [size + (k - 1) * dilation * product for size, k in zip(wanted, kernel, strict=True)]
        product *= stride
    if max(wanted) > 150:
        return
    field = receptive_field(chain, input_size=size)
    assert field.features.size == tuple(wanted)
    assert field.features.jump == (product, product)
    assert field.features.start == (wanted[0] / 2, wanted[1] / 2)
    assert field.features.padding == (0, 0)


def test_padding_moves_the_start_and_is_cut_at_the_edge():
    field = receptive_field(
        nn.Sequential(nn.Conv2d(3, 4, (5, 3), stride=2, padding=(2, 1))), input_size=(16, 16)
    )
    layer = field.features
    assert layer.padding == (2, 1)
    assert layer.start == (0.5, 0.5)
    assert (layer.box(Cell(0, 0)).top, layer.box(Cell(0, 0)).bottom) == (0, 3)
    assert (layer.box(Cell(0, 0), clipped=False).top, layer.box(Cell(0, 0), clipped=False).bottom) == (-2, 3)
    assert layer.cell_at(InputPoint(8.4, 15.9)) == Cell(4, 7)


@pytest.mark.parametrize("name", ["resnet18", "mobilenetv2_035", "regnetx_002", "densenet121"])
def test_flops_and_parameters_equal_pytorchs_own_counts(name):
    module = timm.create_model(name).eval()
    field = receptive_field(module, input_size=(64, 64))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, 3, 64, 64))
    assert field.flops == counter.get_total_flops()
    assert sum(layer.parameters for layer in field.layers) == sum(
        parameter.numel() for parameter in module.parameters()
    )


def test_operations_that_see_the_whole_picture_are_named():
    efficient = receptive_field(timm.create_model("efficientnet_lite0").eval(), input_size=(64, 64))
    assert efficient.global_operations == ()
    squeezed = receptive_field(timm.create_model("mobilenetv3_small_050").eval(), input_size=(64, 64))
    assert squeezed.global_operations[0] == "blocks.0.0.se (SqueezeExcite)"
    assert squeezed.layer("bn1").global_operations == ()


@pytest.mark.parametrize(
    ("norm", "sees_all"),
    [
        (nn.BatchNorm2d(4).eval(), False),
        (nn.BatchNorm2d(4).train(), True),
        (nn.GroupNorm(2, 4), True),
        (nn.InstanceNorm2d(4), True),
        (nn.LayerNorm([4, 14, 14]), True),
        (timm.layers.LayerNorm2d(4), False),
        (nn.Softmax(dim=1), False),
        (nn.Softmax(dim=2), True),
    ],
)
def test_norms_over_places_are_global_and_norms_over_channels_are_not(norm, sees_all):
    field = receptive_field(nn.Sequential(nn.Conv2d(3, 4, 3), norm), input_size=(16, 16))
    assert bool(field.global_operations) == sees_all
    assert field.features.size == (3, 3)


def test_a_network_is_left_as_it_was():
    module = timm.create_model("test_resnet").train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    receptive_field(module, input_size=(64, 64))
    assert module.training
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(parameter.device.type == "cpu" for parameter in module.parameters())


class Upsampled(nn.Module):
    """A branch at half the size, enlarged again and added, as in HRNet."""

    def __init__(self, mode):
        super().__init__()
        self.first, self.low, self.last = (nn.Conv2d(3, 3, 3, stride, 1) for stride in (1, 2, 1))
        self.mode = mode

    def forward(self, x):
        x = self.first(x)
        return self.last(x + nn.functional.interpolate(self.low(x), size=x.shape[-2:], mode=self.mode))


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("size", [(24, 32), (22, 26)])
def test_enlarged_branches_are_exact_unit_by_unit(mode, size):
    check_every_unit(made_visible(Upsampled(mode)), size)


def test_sizes_at_which_branches_are_out_of_line_are_refused_in_a_sentence():
    with pytest.raises(UnsupportedModel, match="out of line on a picture of 21 x 24"):
        receptive_field(Upsampled("nearest"), input_size=(21, 24))


class OutOfLine(nn.Module):
    """Two branches that step differently: one is cut to the other's size."""

    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Conv2d(3, 3, 1, stride=2), nn.Conv2d(3, 3, 1)

    def forward(self, x):
        one = self.one(x)
        return one + self.other(x)[:, :, : one.shape[2], : one.shape[3]]


def test_branches_out_of_line_are_refused_in_a_sentence():
    with pytest.raises(UnsupportedModel, match="2 pixels apart meet"):
        receptive_field(OutOfLine(), input_size=(16, 16))


@pytest.mark.parametrize("name", ["swin_tiny_patch4_window7_224", "vit_tiny_patch16_224"])
def test_transformers_are_refused_in_a_sentence(name):
    with torch.device("meta"):
        module = timm.create_model(name)
    with pytest.raises(UnsupportedModel, match="cannot be"):
        receptive_field(module)


def test_a_picture_too_small_for_the_network_is_a_sentence():
    with pytest.raises(UnsupportedModel, match="Choose another input size"):
        receptive_field(nn.Sequential(nn.Conv2d(3, 3, 9)), input_size=(4, 4))


def test_unknown_layers_and_units_are_refused():
    field = receptive_field(nn.Sequential(nn.Conv2d(3, 3, 3)), input_size=(8, 8))
    with pytest.raises(ControlError, match="no layer called"):
        field.layer("nothing")
    with pytest.raises(ControlError, match="6 x 6 units"):
        field.features.box(Cell(6, 0))


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=4),
    st.integers(20, 33),
)
def test_poolings_with_ceil_mode_are_exact(layers, side):
    pools, shorter = [nn.Conv2d(3, 3, 1)], min(side, 31)
    for kernel, stride, pad in layers:
        pools.append(nn.MaxPool2d(kernel, stride, min(pad, kernel // 2), ceil_mode=True))
        shorter = -(-(shorter + 2 * min(pad, kernel // 2) - kernel) // stride) + 1
        if shorter < 2:
            return
    check_every_unit(made_visible(nn.Sequential(*pools)), (side, 31))
