"""Threads that draw random weights at the same time get what each would alone."""

from concurrent.futures import ThreadPoolExecutor

import torch

from explorer.zoo.seeded import seeded


def weights(seed: int) -> list[torch.Tensor]:
    with seeded(seed):
        return [torch.rand(50) for _ in range(200)]


def test_threads_do_not_mix_their_numbers():
    alone = {seed: weights(seed) for seed in range(8)}
    with ThreadPoolExecutor(8) as threads:
        for seed, found in zip([*range(8)] * 4, threads.map(weights, [*range(8)] * 4), strict=True):
            assert all(map(torch.equal, found, alone[seed]))


def test_others_go_on_as_if_nothing_had_been_drawn():
    torch.manual_seed(3)
    wanted = torch.rand(2)
    torch.manual_seed(3)
    weights(0)
    assert torch.equal(torch.rand(2), wanted)
