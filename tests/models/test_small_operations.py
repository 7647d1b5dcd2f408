import threading

import torch

from explorer.models.small_operations import small_operations


def test_this_thread_computes_alone_and_others_as_before():
    """Also where it is the first thing that a thread does with PyTorch."""
    before, counts = torch.get_num_threads(), []
    torch.set_num_threads(3)

    def count() -> None:
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
