"""Gradient rollout and relevance of ViT-S/16 at 224, over one forward and backward pass, beside others' ways."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["run"]

ARCHITECTURE = "vit_small_patch16_224"
CLASS = 7


def run(*, repeats: int = 10, threads: int = 2) -> Mapping[str, Any]:
    """Random weights, one picture, every side in turns; medians of seconds. `ratios` are over the plain pass.

    The plain side is one forward pass and one backward pass of a class's logit to the picture, attention fused. The
    usual ways are written out as vit-explain and pytorch-grad-cam have it: hooks on every layer's dropout, with fused
    attention off, and N x N products; hooks on the last block's norm, and a reshaped Grad-CAM.
    """
    import timm

    from explorer.analysis.attribution import attribute

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    fused = timm.create_model(ARCHITECTURE).eval().requires_grad_(False)
    opened = _opened(fused)
    x = torch.randn(1, 3, 224, 224)
    sides: dict[str, Callable[[], Any]] = {
        "forward_and_backward": lambda: _plain(fused, x),
        "gradient_rollout": lambda: attribute(fused, x, "gradient-rollout", targets=CLASS),
        "relevance": lambda: attribute(fused, x, "relevance", targets=CLASS),
        "grad_cam": lambda: attribute(fused, x, "grad-cam", targets=CLASS),
        "vit_explain": lambda: _vit_explain(opened, x),
        "pytorch_grad_cam": lambda: _pytorch_grad_cam(opened, x),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(repeats + 1):
        for name, side in sides.items():
            start = time.perf_counter()
            side()
            if turn:  # the first is for warming up
                taken[name].append(time.perf_counter() - start)
    seconds = {name: statistics.median(runs) for name, runs in taken.items()}
    plain = seconds.pop("forward_and_backward")
    return {
        "bench": "attribution",
        "model": ARCHITECTURE,
        "device": "cpu",
        "threads": threads,
        "repeats": repeats,
        "seconds": {"forward_and_backward": round(plain, 4)}
        | {name: round(median, 4) for name, median in seconds.items()},
        "ratios": {name: round(median / plain, 3) for name, median in seconds.items()},
    }


def _plain(net: nn.Module, x: Tensor) -> Tensor:
    given = x.clone().requires_grad_()
    return torch.autograd.grad(net(given)[:, CLASS].sum(), given)[0]


def _opened(fused: nn.Module) -> Any:
    """The same network with attention in the open, where hooks on the dropout see the weights."""
    import timm
    from timm.layers import set_fused_attn

    set_fused_attn(False)
    try:
        net = timm.create_model(ARCHITECTURE).eval()
    finally:
        set_fused_attn(True)
    net.load_state_dict(fused.state_dict())
    return net


def _vit_explain(net: Any, x: Tensor) -> Tensor:
    """Gradient rollout by hooks: maps and gradients of every layer, weighed, clamped, multiplied as N x N."""
    maps: list[Tensor] = []
    gradients: list[Tensor] = []
    handles = []
    for block in net.blocks:
        drop = block.attn.attn_drop
        handles.append(drop.register_forward_hook(lambda part, given, out: maps.append(out)))
        handles.append(drop.register_full_backward_hook(lambda part, given, out: gradients.append(given[0])))
    net.zero_grad()
    net(x)[:, CLASS].sum().backward()
    for handle in handles:
        handle.remove()
    product = torch.eye(maps[0].shape[-1])
    for weights, gradient in zip(maps, reversed(gradients), strict=True):
        fused = (weights * gradient).mean(1).clamp(min=0)[0].detach() + torch.eye(len(product))
        product = (fused / fused.sum(-1, keepdim=True)) @ product
    return product[0, 1:]


def _pytorch_grad_cam(net: Any, x: Tensor) -> Tensor:
    """Grad-CAM by hooks on the last block's first norm, its tokens laid out as a picture."""
    outputs: list[Tensor] = []
    gradients: list[Tensor] = []
    layer = net.blocks[-1].norm1
    forward = layer.register_forward_hook(lambda part, given, out: outputs.append(out))
    backward = layer.register_full_backward_hook(lambda part, given, out: gradients.append(out[0]))
    net.zero_grad()
    net(x)[:, CLASS].sum().backward()
    forward.remove()
    backward.remove()
    features, gradient = (
        tensor[0, 1:].T.reshape(-1, 14, 14).detach() for tensor in (outputs[0], gradients[0])
    )
    return (features * gradient.mean((1, 2))[:, None, None]).sum(0).clamp(min=0)
