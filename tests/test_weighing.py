import dataclasses
import tracemalloc
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.weighing import weigh

SLACK = 3000
"""Bytes of the containers themselves."""


@dataclasses.dataclass
class Pair:
    first: Any
    second: Any


def test_arrays_tensors_and_text_weigh_what_they_hold():
    assert weigh(np.zeros((10, 20))) == 1600
    assert weigh(torch.zeros(10, 20, dtype=torch.float16)) == 400
    assert 1000 <= weigh("x" * 1000) < 1000 + SLACK


def test_what_is_held_twice_counts_once_and_a_view_as_its_whole():
    whole, tensor = np.zeros(10_000), torch.zeros(10_000)
    assert weigh(whole[:3]) == 80_000
    assert 80_000 <= weigh([whole, whole[:3], whole.reshape(100, 100)]) < 80_000 + SLACK
    assert 40_000 <= weigh([tensor[1:], tensor.view(100, 100)]) < 40_000 + SLACK
    assert weigh(Pair(whole, 1), {id(whole)}) < SLACK


def test_a_module_weighs_its_parameters_and_buffers():
    module = nn.Sequential(nn.Linear(100, 50), nn.BatchNorm1d(50))
    state = sum(tensor.numel() * tensor.element_size() for tensor in module.state_dict().values())
    assert state <= weigh(Pair(module, "name")) < state + SLACK


def test_nested_containers_weigh_about_what_the_interpreter_gave_them():
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    value = Pair({f"key {n}": [np.zeros(500), f"text {n}" * 50] for n in range(200)}, (np.ones(9000),))
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert abs(weigh(value) - held) < held / 10
