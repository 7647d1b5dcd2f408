"""Threads that draw random weights at the same time get what each would alone."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

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


def test_threads_that_draw_without_a_seed_do_not_change_them():
    alone, ended = weights(0), Event()

    def draw() -> None:
        while not ended.is_set():
            torch.rand(50)

    with ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            threads.submit(draw)
        try:
            assert all(all(map(torch.equal, weights(0), alone)) for _ in range(10))
        finally:
            ended.set()


def test_the_numbers_are_those_of_torchs_own_generator():
    def draws() -> list[torch.Tensor]:
        network = torch.nn.Sequential(torch.nn.Linear(7, 5), torch.nn.MultiheadAttention(8, 2))
        return [
            *network.state_dict().values(),
            torch.randn(4, 3),
            torch.randint(2, 9, (6,)),
            torch.randperm(9),
            torch.randn_like(torch.zeros(3)),
            torch.nn.init.trunc_normal_(torch.empty(6)),
            torch.bernoulli(torch.full((9,), 0.5)),
        ]

    with seeded(5):
        found = draws()
    torch.manual_seed(5)
    assert all(map(torch.equal, found, draws()))
