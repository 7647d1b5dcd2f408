"""The small DETR's backbone: a residual network whose stages are merged at stride 8, and where each place is.

Registered with timm, so that transformers makes it like any other backbone. It adds to timm's ResNet
- a top-down sum of its last three stages (Lin et al., "Feature Pyramid Networks", 2017, at one level only),
  so that small objects keep a fine map and large ones a wide view, and
- the coordinates of each place as further channels (Liu et al., "An intriguing failing of convolutional
  neural networks and the CoordConv solution", 2018): DETR adds positions to queries and keys but not to
  values, and otherwise has to learn where a value came from by the picture's border alone, which takes very
  long.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  as everybody writes it
from jaxtyping import Float
from timm.models import register_model
from timm.models._features import FeatureInfo
from timm.models.resnet import BasicBlock, ResNet
from torch import Tensor, nn

__all__ = ["CoordinateResNet", "coordinates", "explorer_coordinate_resnet"]

FREQUENCIES = (0.5, 1, 2, 4)
"""Periods across the picture of the sines and cosines that stand beside the plain coordinate."""
STRIDE = 8


class CoordinateResNet(nn.Module):
    """Picture -> one map of features at stride 8, `merged` + 18 channels."""

    def __init__(self, channels: Sequence[int] = (32, 64, 128, 256), *, merged: int = 128) -> None:
        super().__init__()
        self.trunk = ResNet(
            BasicBlock, (2, 2, 2, 2), channels=channels, stem_width=channels[0], num_classes=0, global_pool=""
        )
        self.lateral = nn.ModuleList(nn.Conv2d(channel, merged, 1) for channel in channels[1:])
        self.smooth = nn.Conv2d(merged, merged, 3, padding=1)
        self.norm = nn.GroupNorm(8, merged)
        planes = merged + 2 * (1 + 2 * len(FREQUENCIES))
        self.feature_info = FeatureInfo([{"num_chs": planes, "reduction": STRIDE, "module": "norm"}], (0,))

    def forward(self, x: Float[Tensor, "batch 3 height width"]) -> list[Tensor]:
        trunk: Any = self.trunk
        x = trunk.layer1(trunk.maxpool(trunk.act1(trunk.bn1(trunk.conv1(x)))))
        eighth = trunk.layer2(x)
        sixteenth = trunk.layer3(eighth)
        stages = eighth, sixteenth, trunk.layer4(sixteenth)
        size = eighth.shape[-2:]
        # Nearest where it divides evenly costs next to nothing, and the convolution after it smooths.
        merged = sum(F.interpolate(to(stage), size) for to, stage in zip(self.lateral, stages, strict=True))
        merged = F.relu(self.norm(self.smooth(merged)))
        place = coordinates(size[0], size[1], device=x.device).to(merged.dtype)
        return [torch.cat([merged, place.expand(len(x), -1, -1, -1)], 1)]


def coordinates(
    rows: int, columns: int, *, device: torch.device | None = None
) -> Float[Tensor, "planes rows columns"]:
    """Row and column of each cell's centre in -1 … 1, and their sines and cosines at a few frequencies."""
    planes = []
    for axis, count in enumerate((rows, columns)):
        centre = (torch.arange(count, device=device) + 0.5) / count
        waves = [wave(2 * math.pi * f * centre) for f in FREQUENCIES for wave in (torch.sin, torch.cos)]
        for values in (2 * centre - 1, *waves):
            shaped = values[:, None] if axis == 0 else values[None]
            planes.append(shaped.expand(rows, columns))
    return torch.stack(planes)


@register_model
def explorer_coordinate_resnet(pretrained: bool = False, **options: Any) -> CoordinateResNet:
    """timm's way in: transformers asks for features of three channels only, and there is nothing else to
    have."""
    return CoordinateResNet()
