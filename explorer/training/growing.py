"""A trained Image Transformer made larger, so that a further part of its training has more to learn with."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["deepened", "widened"]


def deepened(module: Any, *, depth: int) -> None:
    """Twice as many layers, where it has not `depth` yet: after each a copy of it that does not change
    what it is given, and can learn to (as in Net2Net: Chen, Goodfellow, Shlens 2016, section 2.4)."""
    if len(module.layers) == depth:
        return
    layers = []
    for layer in module.layers:
        further = copy.deepcopy(layer)
        nn.init.zeros_(further.out.weight)
        nn.init.zeros_(further.shrink.weight)
        layers += [layer, further]
    module.layers = nn.ModuleList(layers)


def widened(module: Any, *, depth: int, hidden: int) -> None:
    """`deepened`, and with `hidden` units in each layer, where they are not yet: those that are new look at random, and
    nothing looks at them yet."""
    deepened(module, depth=depth)
    generator = torch.Generator().manual_seed(0)
    for layer in module.layers:
        grow, shrink = layer.hidden, layer.shrink
        more = hidden - grow.out_features
        if not more:
            continue
        looks = torch.randn(more, grow.in_features, generator=generator) * grow.in_features**-0.5
        grow.weight = _with(grow.weight, looks)
        grow.bias = _with(grow.bias, torch.zeros(more))
        shrink.weight = _with(shrink.weight, torch.zeros(shrink.out_features, more), dim=1)
        grow.out_features = shrink.in_features = hidden


def _with(weight: nn.Parameter, more: Tensor, dim: int = 0) -> nn.Parameter:
    return nn.Parameter(torch.cat([weight.detach(), more.to(weight)], dim), weight.requires_grad)
