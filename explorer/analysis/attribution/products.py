"""Products of N x N matrices followed as a vector, each matrix made a block of rows at a time.

Where only the rows of what is read are wanted, the vector goes from the last layer to the first; where only row sums
are, from the first to the last. Thousands of tokens then fit into memory.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.blocks import BLOCK_BYTES
from explorer.tap import GradientCall

__all__ = ["Mixed", "blocks", "left_product", "positive", "right_product"]

Mixed = Callable[[Tensor, Tensor, int], Tensor]
"""(weights, gradients, first row) of a block, B x h x rows x M, to the same rows of a matrix, B x rows x M."""


def blocks(call: GradientCall) -> Iterator[tuple[int, Tensor, Tensor]]:
    """First query, weights and gradients of consecutive blocks of rows."""
    weights = call.call
    row_bytes = (
        2 * weights.queries.shape[0] * weights.heads * weights.keys.shape[2] * weights.keys.element_size()
    )
    rows = max(1, BLOCK_BYTES // row_bytes)
    for start in range(0, call.tokens, rows):
        yield start, *call.rows(start, min(start + rows, call.tokens))


def positive(weights: Tensor, gradient: Tensor, start: int = 0) -> Tensor:
    """E_h[(∇A ⊙ A)⁺]: what speaks for the class, mean over the heads (Chefer, Gur, Wolf 2021, eq. 5)."""
    return (weights * gradient).clamp(min=0).mean(1)


def left_product(
    calls: Sequence[GradientCall], rows: Float[Tensor, "batch queries"], mixed: Mixed = positive
) -> Float[Tensor, "batch keys"]:
    """rows · M_L … M_1, the blocks of each M by `mixed`."""
    for call in reversed(calls):
        below = rows.new_zeros(len(rows), call.call.keys.shape[2])
        for start, weights, gradient in blocks(call):
            block = mixed(weights.to(rows.dtype), gradient.to(rows.dtype), start)
            below += (rows[:, None, start : start + block.shape[1]] @ block)[:, 0]
        rows = below
    return rows


def right_product(
    calls: Sequence[GradientCall], columns: Float[Tensor, "batch keys"], mixed: Mixed = positive
) -> Float[Tensor, "batch queries"]:
    """M_L … M_1 · columns."""
    for call in calls:
        above = []
        for start, weights, gradient in blocks(call):
            block = mixed(weights.to(columns.dtype), gradient.to(columns.dtype), start)
            above.append((block @ columns[:, :, None])[:, :, 0])
        columns = torch.cat(above, 1)
    return columns
