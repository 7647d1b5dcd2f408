"""The convolutional half of a hybrid: residual blocks that turn a picture into a transformer's tokens.

Dosovitskiy et al. 2021, section 3.1, "hybrid architecture", with smaller networks: each cell of a feature map is a
token. `VisionTransformer` calls a stem in the place of its patch embedding, with its arguments; `patch_size` counts
cells of the map.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from timm.layers import HybridEmbed
from timm.models.resnet import BasicBlock, ResNet
from torch import nn

__all__ = ["cnn_stem"]


def cnn_stem(*, channels: tuple[int, ...] = (32, 64), **said: Any) -> HybridEmbed:
    """The first stages of a residual network of two blocks a stage, up to a stride of 8 for two, and the projection to
    token width. Its weights have the names that they have in the network. Shortcuts shrink by the mean of four
    cells."""
    trunk = ResNet(
        BasicBlock,
        (2,) * len(channels),
        channels=channels,
        stem_width=channels[0],
        avg_down=True,
        num_classes=0,
        global_pool="",
    )
    stages = [f"layer{stage}" for stage in range(1, len(channels) + 1)]
    parts = {name: getattr(trunk, name) for name in ("conv1", "bn1", "act1", "maxpool", *stages)}
    return HybridEmbed(nn.Sequential(OrderedDict(parts)), **said)
