"""Many operations of torch, one after the other, of which each takes microseconds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch
from threadpoolctl import ThreadpoolController

from explorer.zoo.interruptible import as_one

__all__ = ["small_operations"]

_thread = threading.local()


@contextmanager
def small_operations() -> Iterator[None]:
    """Inside it, this thread computes alone, and is asked once whether it may go on: before each operation that would take a
    fifth of the time. A second core saves nothing where work is so small, and where it is busy with something else, each
    operation waits for it. One within another only asks."""
    if getattr(_thread, "inside", False):
        with as_one():
            yield
        return
    torch.get_num_threads()  # a thread's first question to PyTorch sets the number anew
    with as_one(), _openmp().limit(limits=1):
        _thread.inside = True
        try:
            yield
        finally:
            _thread.inside = False


@cache
def _openmp() -> ThreadpoolController:
    """Numbers of threads that can be set for one thread without changing those of others."""
    return ThreadpoolController().select(user_api="openmp")
