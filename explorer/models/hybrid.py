"""The convolutional half of a hybrid: residual blocks that turn a picture into a transformer's tokens."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from timm.layers import ConvNormAct, HybridEmbed
from timm.models.resnet import BasicBlock, downsample_conv
from torch import nn

__all__ = ["residual_stem"]


def residual_stem(*, channels: tuple[int, ...] = (32, 64, 128), **said: Any) -> HybridEmbed:
    """A convolution of stride 2, one residual block of stride 2 for each further number of channels, and the
    projection to token width: three channels make a token of every 8 x 8 pixels.

    Called by VisionTransformer in the place of its patch embedding, with its arguments; `patch_size` counts
    cells of the feature map and is 1 when every cell is to be a token (Dosovitskiy et al. 2021, section 3.1,
    "hybrid architecture", with a smaller network).
    """
    layers: list[nn.Module] = [ConvNormAct(3, channels[0], kernel_size=3, stride=2)]
    for before, after in pairwise(channels):
        shortcut = downsample_conv(before, after, kernel_size=1, stride=2)
        layers.append(BasicBlock(before, after, stride=2, downsample=shortcut))
    return HybridEmbed(nn.Sequential(*layers), **said)
