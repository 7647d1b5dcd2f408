"""A network that learns from another: what is asked of it in training, and what its teacher says."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Student", "Teacher"]


class Student(nn.Module):
    """A vision transformer, and for its training a map from each patch token to the teacher's features there;
    `vit` is what ships."""

    def __init__(self, vit: nn.Module, *, features: int) -> None:
        super().__init__()
        self.vit: Any = vit
        self.to_features = nn.Linear(self.vit.embed_dim, features)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures batch x 3 x height x width -> logits batch x classes, and features of every patch, batch x patches x
        features."""
        tokens = self.vit.forward_features(x)
        return self.vit.forward_head(tokens), self.to_features(tokens[:, self.vit.num_prefix_tokens :])


class Teacher(nn.Module):
    """A network of timm's EfficientNet family that says its classes, and its features at strides 16 and 32."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network: Any = network.eval().requires_grad_(False)

    @property
    def features(self) -> int:
        """Channels at both strides together."""
        return sum(self.network.feature_info[stage]["num_chs"] for stage in (3, 4))

    @torch.no_grad()
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures batch x 3 x height x width -> logits, and the maps at strides 16 and 32."""
        net = self.network
        x = net.bn1(net.conv_stem(x))
        for stage in net.blocks[:5]:
            x = stage(x)
        fine = x
        for stage in net.blocks[5:]:
            x = stage(x)
        return net.forward_head(net.bn2(net.conv_head(x))), fine, x


def on_grid(fine: Tensor, coarse: Tensor, rows: int, columns: int) -> Tensor:
    """Two feature maps as one target of each cell of a grid, batch x cells x channels: each cell's channels of each
    map brought to mean 0 and variance 1."""
    both = [
        functional.interpolate(features.float(), (rows, columns), mode="bilinear", antialias=True)
        for features in (fine, coarse)
    ]
    return torch.cat(
        [functional.layer_norm(features.flatten(2).mT, features.shape[1:2]) for features in both], -1
    )
