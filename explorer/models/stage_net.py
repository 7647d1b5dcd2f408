"""One small residual network of three stages, with self-attention in the stages that are named."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["PLACES", "StageNet"]

PLACES: dict[str, tuple[int, ...]] = {
    "none": (),
    "first": (1,),
    "second": (2,),
    "third": (3,),
    "all": (1, 2, 3),
}
"""The stages that have attention, by the variant's name."""
HEAD = 16
"""Numbers in a head's queries, keys and values."""


class Attention(nn.Module):
    """Multi-head self-attention over all cells of a map, to each of which a learnt code of its place is added."""

    def __init__(self, channels: int, side: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.code = nn.Parameter(torch.randn(1, channels, side, side) * 0.02)
        self.mix = nn.Conv2d(channels, 3 * channels, 1, bias=False)
        self.out = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(
        self, x: Float[Tensor, "batch channels side side"]
    ) -> Float[Tensor, "batch channels side side"]:
        batch, channels, height, width = x.shape
        mixed = self.mix(x + self.code).flatten(2).transpose(1, 2)  # batch x cells x 3 channels
        query, key, value = mixed.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).contiguous()
        # So narrow, PyTorch's 16-bit attention is slower on a CPU than its 32-bit one, up to four times.
        with torch.autocast(x.device.type, enabled=False):
            seen = functional.scaled_dot_product_attention(
                query.float(), key.float(), value.float()
            )  # batch x heads x cells x numbers
        return self.out(seen.transpose(2, 3).reshape(batch, channels, height, width))


class Block(nn.Module):
    """Two layers and a shortcut: a 3 x 3 convolution, then another one or, with heads, attention over the whole map."""

    def __init__(self, before: int, channels: int, side: int, *, stride: int, heads: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) for _ in range(2))
        self.second = (
            Attention(channels, side, heads) if heads else nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        )
        # Before training a block adds nothing, so that all variants begin alike.
        nn.init.zeros_(self.norms[1].weight)  # type: ignore[arg-type]
        same = stride == 1 and before == channels
        self.shortcut = nn.Identity() if same else nn.Conv2d(before, channels, 1, stride, bias=False)

    def forward(
        self, x: Float[Tensor, "batch before height width"]
    ) -> Float[Tensor, "batch after high wide"]:
        inside = functional.relu(self.norms[0](self.first(x)))
        return functional.relu(self.shortcut(x) + self.norms[1](self.second(inside)))


class StageNet(nn.Module):
    """A convolution of stride 2, three stages of two blocks on maps of 1/2, 1/4 and 1/8 of the side, the mean over
    the last map, and class scores. `attention` counts stages from 1; a head has 16 numbers. Bottleneck Transformers (Srinivas et al. 2021)
    put attention in the place of 3 x 3 convolutions in the same way."""

    def __init__(
        self,
        attention: Sequence[int] = (),
        *,
        side: int = 32,
        channels: Sequence[int] = (16, 32, 64),
        classes: int = 10,
    ) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, channels[0], 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels[0])
        stages, before = [], channels[0]
        for at, width in enumerate(channels):
            here, heads = side // 2 ** (at + 1), width // HEAD if at + 1 in attention else 0
            stages.append(
                nn.Sequential(
                    Block(before, width, here, stride=1 if at == 0 else 2, heads=heads),
                    Block(width, width, here, stride=1, heads=heads),
                )
            )
            before = width
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(before, classes)

    def no_weight_decay(self) -> set[str]:
        """Codes of places, by name."""
        return {name for name, _ in self.named_parameters() if name.endswith(".code")}

    def forward(self, x: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch classes"]:
        return self.head(self.stages(functional.relu(self.norm(self.stem(x)))).mean((2, 3)))
