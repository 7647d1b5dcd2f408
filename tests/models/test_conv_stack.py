"""The designer: what is written is what is built, and what its units see is what changes them."""

import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.receptive_field.designed import designed_field, stack_layers
from explorer.errors import ControlError
from explorer.models.conv_stack import (
    KINDS,
    LIMITS,
    LayerSpec,
    build,
    parse,
)
from tests.analysis.perturbation import intervals, made_visible, seen_along

STACKS = {
    "dilated": "conv3 conv3d2 conv3d4 conv3d8",
    "strided": "conv3s2 conv3s2 conv3s2",
    "separable": "conv7x1 conv1x7",
    "VGG-16": "conv3c64 conv3c64 maxpool2s2 conv3c128 conv3c128 maxpool2s2 conv3c256 conv3c256 conv3c256 maxpool2s2 "
    "conv3 conv3 conv3 maxpool2s2 conv3 conv3 conv3 maxpool2s2",
    "ResNet-18, two stages": "conv7s2c64 maxpool3s2 residual(conv3,conv3) residual(conv3,conv3) "
    "residual(conv3s2c128,conv3c128) residual(conv3,conv3)",
}
sides = st.integers(1, LIMITS["kernel"])


@st.composite
def layers(draw, kinds=KINDS):
    kind = draw(st.sampled_from(kinds))
    if kind == "residual":
        plain = layers(kinds=tuple(item for item in KINDS if item != "residual"))
        return LayerSpec("residual", inner=tuple(draw(st.lists(plain, min_size=1, max_size=3))))
    kernel = draw(st.tuples(sides, sides))
    dilation = 1 if kind == "avgpool" else draw(st.integers(1, LIMITS["dilation"]))
    pools = kind in ("maxpool", "avgpool")
    most = [side // 2 if pools else (side - 1) * dilation for side in kernel]
    padding = draw(st.none() | st.tuples(*(st.integers(0, limit) for limit in most)))
    channels = draw(st.none() | st.integers(1, LIMITS["channels"])) if kind == "conv" else None
    return LayerSpec(kind, kernel, draw(st.integers(1, LIMITS["stride"])), dilation, padding, channels)


@given(st.lists(layers(), min_size=1, max_size=6))
def test_what_is_written_is_read_back(stack):
    assert parse(" ".join(map(str, stack))) == tuple(stack)


@given(st.text(alphabet="convdepthwisemaxpoolavgresidual0123456789x()c,sdp é×\n", max_size=60))
def test_any_text_is_layers_or_a_sentence(text):
    try:
        stack = parse(text)
    except ControlError:
        return
    assert parse(" ".join(map(str, stack))) == stack


def test_short_names_and_free_spacing_are_understood():
    assert parse("RES( conv3 ,conv3 )max3s2 dw5") == parse("residual(conv3,conv3) maxpool3s2 depthwise5")
    assert parse("conv3×5")[0].kernel == (3, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There are no layers"),
        ("conv", "'conv' is no layer"),
        ("linear10", "'linear10' is no layer"),
        ("conv99", "A kernel of 99 x 99 cannot be"),
        ("conv3s9", "A stride of 9 cannot be"),
        ("conv3d99", "A dilation of 99 cannot be"),
        ("conv3c999", "A channels of 999 cannot be"),
        ("conv3p7", "A padding of 7 cannot be with a kernel of 3"),
        ("conv3s2s2", "says s twice"),
        ("maxpool2c8", "keeps the number of channels"),
        ("avgpool3d2", "Average pooling has no dilation"),
        ("residual()", "'' is no layer"),
        ("residual(residual(conv3))", "brackets do not match"),
        ("conv(conv3)", "takes no brackets"),
        ("conv3 )", "brackets do not match"),
        (" ".join(["conv3"] * 25), "25 layers are too many"),
        ("conv" + "9" * 5000, "cannot be"),
    ],
)
def test_impossible_lines_are_refused_in_a_sentence(text, said):
    with pytest.raises(ControlError) as caught:
        parse(text)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("residual(conv3p0)", "Layer 1 cannot add its shortcut"),
        ("conv3 residual(conv4)", "Layer 2 cannot add its shortcut"),
        ("conv3s4 conv3s4 conv3s4 conv5p0", "Layer 4 has no place left"),
    ],
)
def test_stacks_that_cannot_run_are_refused_in_a_sentence(text, said):
    with pytest.raises(ControlError, match=said):
        designed_field(parse(text), input_size=(48, 48))


def some_stack(seed):
    """A random stack that keeps to what a picture of 61 x 48 allows."""
    chance = random.Random(seed)

    def layer(kind, *, stride):
        kernel = (chance.choice([1, 3, 5, 7]), chance.choice([1, 3, 5, 7]))
        dilation = chance.choice([1, 1, 2, 3]) if kind in ("conv", "depthwise") else 1
        padding = None
        if kind in ("conv", "depthwise") and stride and chance.random() < 0.4:
            padding = tuple(chance.randint(0, (side - 1) * dilation) for side in kernel)
        return LayerSpec(kind, kernel, chance.choice([1, 1, 2]) if stride else 1, dilation, padding)

    stack = []
    for _ in range(chance.randint(2, 6)):
        kind = chance.choice(KINDS)
        if kind == "residual":
            inner = [layer(chance.choice(("conv", "depthwise")), stride=False) for _ in range(2)]
            stack.append(LayerSpec("residual", inner=tuple(inner)))
        else:
            stack.append(layer(kind, stride=True))
    return tuple(stack)


@pytest.mark.parametrize("seed", range(20))
def test_random_stacks_see_exactly_the_pixels_that_change_them(seed):
    stack, size = some_stack(seed), (61, 48)
    field = designed_field(stack, input_size=size)
    module = made_visible(build(stack, width=4))
    parts = [f"{number} {layer}" for number, layer in enumerate(stack, start=1)]
    for axis in (0, 1):
        changed = seen_along(module, size, axis=axis, names=tuple(parts))
        for name, layer in zip(parts, stack_layers(field, stack), strict=True):
            reach = (layer.rows, layer.columns)[axis]
            first, last = intervals(changed[name])
            assert (reach.first == first).all()
            assert (reach.last == last).all()


@pytest.mark.parametrize("text", STACKS.values(), ids=STACKS)
def test_presets_run_and_have_the_shapes_and_costs_that_are_shown(text):
    stack = parse(text)
    field = designed_field(stack)
    module = build(stack)
    with torch.no_grad():
        output = module(torch.zeros(1, 3, 128, 128))
    assert stack_layers(field, stack)[-1].output_shape == tuple(output.shape)
    assert field.parameters == sum(parameter.numel() for parameter in module.parameters())
    assert sum(layer.parameters for layer in stack_layers(field, stack)) == field.parameters
    assert sum(layer.flops for layer in stack_layers(field, stack)) == field.flops


def test_vgg_16_as_a_line_has_its_published_size():
    assert designed_field(parse(STACKS["VGG-16"])).features.size == (212, 212)


def test_the_same_seed_gives_the_same_weights_and_leaves_the_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, other = build(parse("conv3"), seed=3), build(parse("conv3"), seed=3)
    assert torch.equal(next(one.parameters()), next(other.parameters()))
    assert torch.equal(torch.rand(1), expected)
