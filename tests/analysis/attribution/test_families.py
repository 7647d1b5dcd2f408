"""Every family of transformers and of CNNs: numbers where a method applies, one sentence where it does not."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import timm
import torch
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from explorer import zoo
from explorer.analysis.attribution import METHODS, attribute, why_not
from explorer.errors import AnalysisError, UnsupportedModel
from explorer.models.stage_net import StageNet
from tests.analysis.written_out import pictures, small_vit
from tests.tap.families import FAMILIES

FOLLOWS = ("attention", "rollout", "flow", "gradient-rollout", "relevance", "legrad", "grad-cam")


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_methods_on_attention_apply_to_every_family_of_transformers(family):
    net, x = family.build(), family.pictures(2)
    for method in FOLLOWS:
        assert why_not(net, method, size=family.size) is None
        result = attribute(net, x, method)
        assert result.values.shape == (2, *family.grid)
        assert np.isfinite(result.values).all()
        assert result.values.max() > 0
    assert "no rule for attention" in (why_not(net, "deep-lift", size=family.size) or "")


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "inception_v3"])
def test_deep_lift_adds_up_where_it_applies(name):
    torch.manual_seed(0)
    net = timm.create_model(name).double().eval().requires_grad_(False)
    x = torch.randn(1, 3, 96, 96, dtype=torch.float64)
    result = attribute(net, x, "deep-lift", targets=3).values
    difference = float((net(x) - net(torch.zeros_like(x)))[0, 3])
    assert result.sum() == pytest.approx(difference, rel=1e-6)
    for method in FOLLOWS[:-1]:
        assert "follows attention" in (why_not(net, method, size=(96, 96)) or "") or method == "legrad"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("convnext_atto", "LayerNorm2d"),
        ("efficientnet_b0", "SiLU"),
        ("seresnet18", "SEModule"),
        ("mobilenetv3_small_050", "Hardswish"),
    ],
)
def test_deep_lift_is_refused_where_it_has_no_rule(name, part):
    net = timm.create_model(name).eval()
    assert why_not(net, "deep-lift", size=(64, 64)) == (
        f"DeepLIFT does not apply to {type(net).__name__}: it has no rule for {part}; what it gives there does not "
        "add up."
    )


def test_deep_lift_is_refused_where_a_network_bends_outside_its_parts():
    torch.manual_seed(0)
    net = StageNet(side=32).eval().requires_grad_(False)
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.weight.data.uniform_(0.5, 1.5)
            part.bias.data.normal_(std=0.5)
    with pytest.raises(AnalysisError, match="does not add up"):
        attribute(net, torch.randn(1, 3, 32, 32), "deep-lift", targets=0)


def test_a_model_without_classes_is_asked_for_attention_only():
    model = dataclasses.replace(zoo.load("vit", device="cpu"), classes=())
    for name, method in METHODS.items():
        message = why_not(model, name)
        assert (message is not None and "names none" in message) == method.class_specific


@pytest.mark.parametrize(
    "method", ["relevance", "gradient-rollout", "legrad", "grad-cam", "attention", "rollout"]
)
@pytest.mark.parametrize("targets", [None, 1])
def test_the_model_is_run_once(method, targets):
    model, x, passes = small_vit(1), pictures(2), []
    model.patch_embed.register_forward_hook(lambda part, given, out: passes.append(1))
    result = attribute(model, x, method, targets=targets)
    assert len(passes) == 1
    if METHODS[method].class_specific:
        assert result.targets == (tuple(model(x).argmax(-1).tolist()) if targets is None else (1, 1))


def test_visitors_at_the_same_time_have_the_same_noise():
    model, x = small_vit(1), pictures(1)
    alone = attribute(model, x, "smooth-grad", targets=1, samples=9).values
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(attribute, model, x, "smooth-grad", targets=1, samples=9) for _ in range(8)]
    for request in asked:
        np.testing.assert_allclose(request.result().values, alone, atol=1e-12)


def test_smooth_grad_tells_how_far_it_is():
    told = []
    attribute(
        small_vit(1), pictures(1), "smooth-grad", samples=40, progress=lambda done, of: told.append(done / of)
    )
    assert told == sorted(told)
    assert len(told) > 4


def test_of_a_transformer_read_by_the_mean_of_its_patches_only_what_speaks_is_relevant():
    """Every patch attends to one marked patch, whose content alone reaches the class."""
    torch.manual_seed(0)
    net = VisionTransformer(
        img_size=(24, 32),
        patch_size=8,
        embed_dim=8,
        depth=1,
        num_heads=1,
        num_classes=2,
        class_token=False,
        global_pool="avg",
        norm_layer=nn.Identity,
    )
    block, marked = net.blocks[0], 7
    with torch.no_grad():
        net.patch_embed.proj.weight[4:].zero_()
        net.patch_embed.proj.bias.zero_()
        net.pos_embed.zero_()
        net.pos_embed[0, :, 7] = 1
        net.pos_embed[0, marked, 6] = 1
        for part in (block.attn.qkv, block.attn.proj, block.mlp.fc2):
            part.weight.zero_()
            part.bias.zero_()
        block.attn.qkv.weight[0, 7] = 200
        block.attn.qkv.weight[8, 6] = 1
        for channel in range(2):
            block.attn.qkv.weight[16 + channel, channel] = 1
            block.attn.proj.weight[4 + channel, channel] = 1
        net.head.weight[:, :4] = 0  # what patches show themselves is not read
        net.head.weight[1] = -net.head.weight[0]
    net = net.double().eval().requires_grad_(False)
    x = pictures(1)
    results = [attribute(net, x, method, targets=target).values[0].ravel()
             for target in (0, 1) for method in ("relevance", "gradient-rollout")]  # fmt: skip
    assert any(result.max() > 0 for result in results[::2])
    for result in results[::2]:
        assert result.sum() == pytest.approx(result[marked], abs=1e-9)
    for result in results[1::2]:  # of its own identity every patch keeps the same share
        assert np.ptp(np.delete(result, marked)) == pytest.approx(0, abs=1e-9)


def test_a_detector_is_refused():
    model = zoo.load("detr-scenes", device="cpu")
    with pytest.raises(UnsupportedModel, match="no classifier"):
        attribute(model, torch.zeros(1, 3, *model.input_size), "relevance")
