"""Random numbers that are the same each time, whoever else draws some."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

__all__ = ["seeded"]

ONE = RLock()
"""All threads draw from one generator of torch's: two that seed it at the same time would mix what they get."""


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Random numbers of torch that begin at the seed, and go on afterwards as if nothing had been drawn."""
    import torch

    with ONE, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
