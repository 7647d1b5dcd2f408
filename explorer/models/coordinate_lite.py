"""A detector's backbone of EfficientNet-Lite0: its last two resolutions merged at stride 16, and where each place is.

Registered with timm, so that transformers makes it like any other backbone. As `coordinate_resnet`, with a network that
knows ImageNet's classes. Its batch normalisation is fixed, as DETR's is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  as everybody writes it
from jaxtyping import Float
from timm import create_model
from timm.layers import freeze_batch_norm_2d
from timm.models import register_model
from timm.models._features import FeatureInfo
from torch import Tensor, nn

from explorer.models.coordinate_resnet import FREQUENCIES, coordinates

__all__ = ["CoordinateLite", "explorer_coordinate_lite"]


class CoordinateLite(nn.Module):
    """Picture -> one map of features at stride 16, `merged` + 18 channels."""

    def __init__(self, *, merged: int = 192) -> None:
        super().__init__()
        trunk: Any = create_model("tf_efficientnet_lite0")
        parts = {"conv_stem": trunk.conv_stem, "bn1": trunk.bn1, "blocks": trunk.blocks}
        self.trunk: Any = freeze_batch_norm_2d(nn.ModuleDict(parts))
        channels = [trunk.feature_info[stage]["num_chs"] for stage in (3, 4)]
        self.lateral = nn.ModuleList(nn.Conv2d(channel, merged, 1) for channel in channels)
        self.smooth = nn.Conv2d(merged, merged, 3, padding=1)
        self.norm = nn.GroupNorm(8, merged)
        planes = merged + 2 * (1 + 2 * len(FREQUENCIES))
        self.feature_info = FeatureInfo([{"num_chs": planes, "reduction": 16, "module": "norm"}], (0,))

    def forward(self, x: Float[Tensor, "batch 3 height width"]) -> list[Tensor]:
        return [self.merged(self.stages(x))]

    def stages(self, x: Float[Tensor, "batch 3 height width"]) -> list[Tensor]:
        """The trunk's maps at strides 16 and 32."""
        x = self.trunk["bn1"](self.trunk["conv_stem"](x))
        stages = []
        for number, stage in enumerate(self.trunk["blocks"]):
            x = stage(x)
            if number in (4, 6):
                stages.append(x)
        return stages

    def merged(self, stages: Sequence[Tensor]) -> Tensor:
        """One map of those, and where each place is."""
        size = stages[0].shape[-2:]
        merged = sum(F.interpolate(to(stage), size) for to, stage in zip(self.lateral, stages, strict=True))
        merged = F.relu(self.norm(self.smooth(merged)))
        place = coordinates(size[0], size[1], device=merged.device).to(merged.dtype)
        return torch.cat([merged, place.expand(len(merged), -1, -1, -1)], 1)


@register_model
def explorer_coordinate_lite(pretrained: bool = False, **options: Any) -> CoordinateLite:
    """timm's way in: transformers asks for features of three channels only, and there is nothing else to have."""
    return CoordinateLite()
