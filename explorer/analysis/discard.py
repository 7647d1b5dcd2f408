"""The value below which the lowest share of a map's entries lies, for each sample of a batch.

Of n entries the threshold is the one that floor(share · n) others stand before when all are sorted, and what
is strictly lower is discarded: at most the share, and entries of equal value all meet the same end.
"""

from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["threshold", "threshold_in_blocks"]

DIGIT = 16
"""Bits looked at in one pass over the blocks."""


def threshold(entries: Float[Tensor, "batch rows columns"], share: float) -> Float[Tensor, " batch"]:
    """The threshold of entries that are all available."""
    flat = entries.flatten(1)
    return flat.kthvalue(int(share * flat.shape[1]) + 1).values


def threshold_in_blocks(
    blocks: Callable[[], Iterable[Float[Tensor, "batch rows columns"]]], count: int, share: float
) -> Float[Tensor, " batch"]:
    """The same, exactly, of `count` entries a sample that are never available all at once.

    `blocks()` makes the entries, none negative, a block at a time, and alike each time: it is called twice
    for single precision. Bits of non-negative numbers are ordered as the numbers are, so the entry sought is
    found digit by digit, 16 bits at once, from a count of how often each digit occurs (a radix selection).
    """
    prefixes: list[int] = []
    ranks: list[int] = []
    shift = 0
    dtype, device, bits = torch.float32, torch.device("cpu"), 32
    while not prefixes or shift:
        counts: Tensor | None = None
        for block in blocks():
            dtype, device, bits = block.dtype, block.device, 8 * block.element_size()
            if counts is None:
                shift = (shift or bits) - DIGIT
                prefixes, ranks = prefixes or [0] * len(block), ranks or [int(share * count)] * len(block)
                counts = torch.zeros(len(block), 1 << DIGIT, dtype=torch.int64, device=device)
            for sample, entries in enumerate(block.flatten(1).view(_whole(bits))):
                digits = entries >> shift
                if shift + DIGIT < bits:  # only what agrees with the digits found so far
                    digits = digits[(digits >> DIGIT) == prefixes[sample]] & ((1 << DIGIT) - 1)
                counts[sample] += torch.bincount(digits, minlength=1 << DIGIT)
        assert counts is not None
        for sample, below in enumerate(counts.cumsum(-1).cpu()):
            digit = int(torch.searchsorted(below, ranks[sample], right=True))
            ranks[sample] -= int(below[digit - 1]) if digit else 0
            prefixes[sample] = (prefixes[sample] << DIGIT) | digit
    return torch.tensor(prefixes, dtype=_whole(bits)).view(dtype).to(device)


def _whole(bits: int) -> torch.dtype:
    return torch.int64 if bits == 64 else torch.int32
