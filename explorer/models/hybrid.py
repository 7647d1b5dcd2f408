"""The convolutional half of a hybrid: residual blocks that turn a picture into a transformer's tokens.

Dosovitskiy et al. 2021, section 3.1, "hybrid architecture", with smaller networks: each cell of a feature map is a
token. `VisionTransformer` calls a stem in the place of its patch embedding, with its arguments; `patch_size` counts
cells of the map.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from timm import create_model
from timm.layers import HybridEmbed
from timm.models.resnet import BasicBlock, ResNet
from torch import Tensor, nn

__all__ = ["STAGES", "LiteRest", "cnn_stem", "lite_stem"]

STAGES = 6
"""Of EfficientNet-Lite0's seven, in `lite_stem`."""


def cnn_stem(*, channels: tuple[int, ...] = (32, 64), **options: Any) -> HybridEmbed:
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
    return HybridEmbed(nn.Sequential(OrderedDict(parts)), **options)


def lite_stem(**options: Any) -> HybridEmbed:
    """EfficientNet-Lite0 up to stride 32 (six of its seven stages, 192 channels), and the projection to token width."""
    trunk: Any = create_model("tf_efficientnet_lite0")
    parts = {"conv_stem": trunk.conv_stem, "bn1": trunk.bn1, "blocks": trunk.blocks[:STAGES]}
    return HybridEmbed(nn.Sequential(OrderedDict(parts)), **options)


class LiteRest(nn.Module):
    """What comes after `lite_stem` in the network of its weights: features -> logits."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network: Any = network

    def forward(self, features: Tensor) -> Tensor:
        net = self.network
        return net.forward_head(net.bn2(net.conv_head(net.blocks[STAGES:](features))))
