"""A layer's attention as rollout multiplies it: heads fused, the lowest entries discarded, the residual connection added."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attention import Fusion, fuse
from explorer.analysis.blocks import row_blocks
from explorer.analysis.discard import threshold, threshold_in_blocks
from explorer.tap import AttentionCall

__all__ = ["LayerMaps", "with_residual"]

ROUNDING = 64
"""Last places by which a weight may differ when it is computed again."""


@dataclass(frozen=True)
class LayerMaps:
    """How a layer's heads become A."""

    fusion: Fusion
    discard: float
    residual: float
    prefix: int
    block_bytes: int

    def whole(self, call: AttentionCall) -> Float[Tensor, "batch tokens tokens"]:
        """A of one layer."""
        fused = fuse(call.weights(), self.fusion)
        lowest = threshold(fused[..., self.prefix :], self.discard) if self.discard else None
        return self._mixed(fused, 0, lowest)

    def blocks(self, call: AttentionCall) -> Iterator[tuple[int, Float[Tensor, "batch rows tokens"]]]:
        """A of one layer, a block of rows at a time."""
        lowest = self._lowest(call)
        for start, weights in row_blocks(call, max_bytes=self.block_bytes):
            yield start, self._mixed(fuse(weights, self.fusion), start, lowest)

    def some(self, call: AttentionCall, chosen: Sequence[int]) -> Float[Tensor, "batch rows tokens"]:
        """Chosen rows of A."""
        lowest = self._lowest(call)
        rows = [self._mixed(fuse(call.rows(at, at + 1), self.fusion), at, lowest) for at in chosen]
        return torch.cat(rows, 1)

    def _lowest(self, call: AttentionCall) -> Tensor | None:
        if not self.discard:
            return None

        def entries() -> Iterator[Tensor]:
            for _, weights in row_blocks(call, max_bytes=self.block_bytes):
                yield fuse(weights, self.fusion)[..., self.prefix :]

        return threshold_in_blocks(entries, call.tokens * (call.tokens - self.prefix), self.discard)

    def _mixed(self, fused: Tensor, start: int, lowest: Tensor | None) -> Tensor:
        """Rows start … of A from the same rows of the fused map, which is used up."""
        if lowest is not None:
            patches = fused[..., self.prefix :]
            # The entry that set the threshold may come out some last places lower in a block of another shape.
            lowest = lowest * (1 - ROUNDING * torch.finfo(lowest.dtype).eps)
            patches.masked_fill_(patches < lowest[:, None, None], 0.0)
        return with_residual(fused, start, self.residual)


def with_residual(
    fused: Float[Tensor, "batch rows tokens"], start: int = 0, residual: float = 0.5
) -> Float[Tensor, "batch rows tokens"]:
    """Rows start … of A = r I + (1 - r) W, each divided by its sum, from those of W, which are used up."""
    mixed = fused.mul_(1 - residual)
    itself = mixed.diagonal(start, -2, -1)
    itself += residual
    # Without the identity a row may have lost all to the discard or to underflow: its token stays itself.
    itself += (mixed.sum(-1) == 0).to(mixed.dtype)
    return mixed.div_(mixed.sum(-1, keepdim=True))
