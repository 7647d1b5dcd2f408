"""The weights of an attention call, a block of rows at a time, so that N x N of them are never held."""

from collections.abc import Iterator

from torch import Tensor

from explorer.tap import AttentionCall

__all__ = ["BLOCK_BYTES", "row_blocks"]

BLOCK_BYTES = 8 << 20
"""Bytes of one block's weights. Larger blocks leave the processor's cache and are no faster."""


def row_blocks(call: AttentionCall, *, max_bytes: int = BLOCK_BYTES) -> Iterator[tuple[int, Tensor]]:
    """(first query, weights B x h x rows x M) for consecutive blocks of queries, each at least one row."""
    batch, heads, queries = call.queries.shape[:3]
    row_bytes = batch * heads * call.keys.shape[2] * max(4, call.queries.element_size())
    rows = max(1, max_bytes // row_bytes)
    for start in range(0, queries, rows):
        yield start, call.rows(start, min(start + rows, queries))
