import threading

import pytest
import torch

from explorer.bounds import bounded
from explorer.models.small_operations import small_operations


def test_this_thread_computes_alone_and_others_as_before():
    """Also where it is the first thing that a thread does with PyTorch."""
    before, counts = torch.get_num_threads(), []
    torch.set_num_threads(3)

    def count() -> None:
        with small_operations():
            with small_operations():
                torch.ones(2).sum()
            counts.append(torch.get_num_threads())
            other = threading.Thread(target=lambda: counts.append(torch.get_num_threads()))
            other.start()
            other.join()
        counts.append(torch.get_num_threads())

    try:
        thread = threading.Thread(target=count)
        thread.start()
        thread.join()
    finally:
        torch.set_num_threads(before)
    assert counts == [1, 3, 3]


def test_one_within_another_asks_whether_it_may_go_on():
    def look() -> None:
        raise InterruptedError

    bound = bounded(60, 2**30, look=look, every=0)
    with small_operations(), bound, pytest.raises(InterruptedError), small_operations():
        pass
    with small_operations():
        assert torch.get_num_threads() == 1
