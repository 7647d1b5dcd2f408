"""The convolutional half of a hybrid: residual blocks that turn a picture into a transformer's tokens.

Dosovitskiy et al. 2021, section 3.1, "hybrid architecture", with smaller networks: each cell of a feature map is a
token. `VisionTransformer` calls a stem in the place of its patch embedding, with its arguments; `patch_size` counts
cells of the map.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise
from typing import Any

from timm.layers import ConvNormAct, HybridEmbed
from timm.models.resnet import BasicBlock, ResNet, downsample_conv
from torch import nn

__all__ = ["cnn_stem", "residual_stem"]


def cnn_stem(*, channels: tuple[int, ...] = (32, 64), **said: Any) -> HybridEmbed:
    """The first stages of a residual network of two blocks a stage, up to a stride of 8 for two, and the projection to
    token width. Its weights have the names that they have in the network."""
    trunk = ResNet(
        BasicBlock,
        (2,) * len(channels),
        channels=channels,
        stem_width=channels[0],
        num_classes=0,
        global_pool="",
    )
    stages = [f"layer{stage}" for stage in range(1, len(channels) + 1)]
    parts = {name: getattr(trunk, name) for name in ("conv1", "bn1", "act1", "maxpool", *stages)}
    return HybridEmbed(nn.Sequential(OrderedDict(parts)), **said)


def residual_stem(*, channels: tuple[int, ...] = (32, 64, 128), **said: Any) -> HybridEmbed:
    """A convolution of stride 2, one residual block of stride 2 for each further number of channels, and the
    projection to token width: three channels make a token of every 8 x 8 pixels.
    """
    layers: list[nn.Module] = [ConvNormAct(3, channels[0], kernel_size=3, stride=2)]
    for before, after in pairwise(channels):
        shortcut = downsample_conv(before, after, kernel_size=1, stride=2)
        layers.append(BasicBlock(before, after, stride=2, downsample=shortcut))
    return HybridEmbed(nn.Sequential(*layers), **said)
