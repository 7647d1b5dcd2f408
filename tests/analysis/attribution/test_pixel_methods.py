"""Methods on pixels against difference quotients, loops and sums that must come out."""

import copy

import numpy as np
import pytest
import timm
import torch
from captum.attr import LayerGradCam
from torch import nn

from explorer import zoo
from explorer.analysis.attribution import attribute
from explorer.errors import ControlError, UnsupportedModel
from explorer.views.scope import find_picture
from tests.analysis.written_out import pictures, small_vit


class Cancelled(Exception):
    """What a visitor's stop raises."""


@pytest.fixture(scope="module")
def small_cnn() -> nn.Module:
    torch.manual_seed(3)
    net = (
        timm.create_model("resnet10t", num_classes=4, zero_init_last=False)
        .double()
        .eval()
        .requires_grad_(False)
    )
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(std=0.1)
            part.running_var.uniform_(0.5, 1.5)
    return net


def test_saliency_is_the_difference_quotient():
    model, x = small_vit(1), pictures(1)
    result = attribute(model, x, "saliency", targets=1).values[0]
    for row, column in ((0, 0), (11, 17), (23, 31)):
        slopes = []
        for colour in range(3):
            nudge = torch.zeros_like(x)
            nudge[0, colour, row, column] = 1e-6
            slopes.append(float(model(x + nudge)[0, 1] - model(x - nudge)[0, 1]) / 2e-6)
        assert result[row, column] == pytest.approx(max(map(abs, slopes)), rel=1e-5)


def test_input_times_gradient_has_the_colours_summed():
    model, x = small_vit(1), pictures(1).requires_grad_()
    (gradient,) = torch.autograd.grad(model(x)[0, 2], x)
    result = attribute(model, x, "input-gradient", targets=2).values[0]
    np.testing.assert_allclose(result, (x * gradient)[0].sum(0).detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("name", ["vit", "cnn-128", "efficientnet-lite0"])
def test_integrated_gradients_and_deep_lift_add_up_to_the_logits_difference(name: str):
    model = zoo.load(name, device="cpu")
    x = model.see(find_picture("coffee"))
    with torch.no_grad():
        logits, nothing = model.module(x), model.module(torch.zeros_like(x))
    target = int(logits.argmax())
    difference = float(logits[0, target] - nothing[0, target])
    result = attribute(model, x, "integrated-gradients", steps=64)
    assert result.values.sum() == pytest.approx(difference, rel=0.01)
    if model.entry.family == "cnn":
        assert attribute(model, x, "deep-lift").values.sum() == pytest.approx(difference, rel=0.01)


def test_occlusion_is_what_each_window_costs():
    model, x = small_vit(1), pictures(2)
    before = model(x)[:, 3]
    lost, covered = np.zeros((2, 24, 32)), np.zeros((24, 32))
    for top in range(0, 9, 8):
        for left in range(0, 17, 8):
            without = x.clone()
            without[:, :, top : top + 16, left : left + 16] = 0
            lost[:, top : top + 16, left : left + 16] += (before - model(without)[:, 3]).numpy()[
                :, None, None
            ]
            covered[top : top + 16, left : left + 16] += 1
    result = attribute(model, x, "occlusion", targets=3, window=2).values
    np.testing.assert_allclose(result, lost / covered, atol=1e-9)
    with pytest.raises(ControlError, match="window"):
        attribute(model, x, "occlusion", window=4)


def test_ablation_is_what_each_cell_costs():
    model, x = small_vit(5), pictures(2)
    before = model(x)[:, 0]
    result = attribute(model, x, "ablation", targets=0)
    cells = result.on(result.grid.__class__(3, 4, 24, 32), sample=1)
    for row in range(3):
        for column in range(4):
            without = x.clone()
            without[:, :, row * 8 : row * 8 + 8, column * 8 : column * 8 + 8] = 0
            assert cells[row, column] == pytest.approx(float((before - model(without)[:, 0])[1]), abs=1e-9)


def test_smooth_grad_is_near_saliency_where_there_is_hardly_noise_and_repeats():
    model, x = small_vit(1), pictures(3)
    still = attribute(model, x, "saliency", targets=1).values
    result = attribute(model, x, "smooth-grad", targets=1, samples=4, noise=1e-7).values
    np.testing.assert_allclose(result, still, rtol=1e-3, atol=1e-5)
    before = torch.random.get_rng_state()
    noisy = attribute(model, x, "smooth-grad", targets=1, samples=4).values
    assert torch.equal(before, torch.random.get_rng_state())
    alone = attribute(model, x[1:2], "smooth-grad", targets=1, samples=4).values
    np.testing.assert_allclose(noisy[1], alone[0], atol=1e-12)
    assert not np.allclose(noisy, still, rtol=0.05)


def test_grad_cam_of_a_cnn_is_captums(small_cnn: nn.Module):
    x = torch.randn(2, 3, 96, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    result = attribute(small_cnn, x, "grad-cam", targets=(1, 3))
    own = copy.deepcopy(small_cnn)
    wanted = LayerGradCam(own, own.layer4).attribute(
        x.clone().requires_grad_(), target=[1, 3], relu_attributions=True
    )
    np.testing.assert_allclose(result.values, wanted[:, 0].detach().numpy(), atol=1e-12)
    assert result.values.max() > 0
    assert (result.grid.rows, result.grid.columns, result.grid.height, result.grid.width) == (3, 2, 96, 64)


@pytest.mark.parametrize("prefix", [0, 1, 5])
def test_grad_cam_of_a_transformer_weighs_what_enters_its_last_attention(prefix: int):
    model, x = small_vit(prefix), pictures(2)
    own, kept = copy.deepcopy(model), []
    own.blocks[2].norm1.register_forward_hook(lambda part, given, out: kept.append(out))
    logits = own(x.clone().requires_grad_())
    (gradient,) = torch.autograd.grad(logits[:, 1].sum(), kept[0])
    wanted = np.zeros((2, 12))
    for b in range(2):
        weights = gradient[b, prefix:].mean(0)
        for patch in range(12):
            wanted[b, patch] = max(0.0, float(kept[0][b, prefix + patch].detach() @ weights))
    result = attribute(model, x, "grad-cam", targets=1).values
    np.testing.assert_allclose(result, wanted.reshape(2, 3, 4), atol=1e-12)
    assert result.max() > 0


def test_deep_lift_has_the_rescale_rule_for_relu6():
    """One clipped unit, by hand: its slope from the mean colour to the picture, times the pixel (Shrikumar et al.)."""
    net = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).double().eval()
    weight, bias = net[0].weight.data.normal_(std=3)[:, :, 0, 0], net[0].bias.data.fill_(1.5)
    x = torch.randn(1, 3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    before, after = bias[1], torch.einsum("c,bchw->bhw", weight[1], x) + bias[1]
    assert (after > 6).any()
    assert (after < 0).any()
    wanted = (
        after.clamp(0, 6) - before.clamp(0, 6)
    ) / 20  # slope times difference, over the mean of 20 pixels
    result = attribute(net, x, "deep-lift", targets=1).values
    np.testing.assert_allclose(result, wanted.numpy(), atol=1e-12)


def test_deep_lift_leaves_the_shared_model_as_it_was(small_cnn: nn.Module):
    x = torch.randn(1, 3, 64, 64, dtype=torch.float64)
    before, hooks = small_cnn(x), [len(part._forward_hooks) for part in small_cnn.modules()]
    attribute(small_cnn, x, "deep-lift", targets=0)
    assert hooks == [len(part._forward_hooks) for part in small_cnn.modules()]
    assert torch.equal(small_cnn(x), before)


@pytest.mark.parametrize("method", ["occlusion", "ablation", "integrated-gradients", "legrad", "flow"])
def test_what_takes_long_says_how_far_it_is_and_can_be_stopped(method: str):
    model, x = small_vit(1), pictures(1)
    told: list[float] = []
    attribute(model, x, method, progress=lambda done, of: told.append(done / of))
    assert told == sorted(told)
    assert len(told) > 3

    def stop(done: int, of: int) -> None:
        if done / of > 0.05:
            raise Cancelled

    with pytest.raises(Cancelled):
        attribute(model, x, method, progress=stop)


def test_a_detector_is_no_classifier():
    model = zoo.load("detr-scenes", device="cpu")
    with pytest.raises(UnsupportedModel, match="no classifier"):
        attribute(model, torch.zeros(1, 3, *model.input_size), "saliency")
