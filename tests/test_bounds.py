"""What a visitor may start is bounded before it starts and while it runs; without a visitor there is no bound."""

import copy

import pytest
import torch

from explorer import bounds, zoo
from explorer.bounds import TooMuchWork, bounded, check, project, require
from explorer.zoo.catalogue import entry
from explorer.zoo.cost import cost
from explorer.zoo.interruptible import Interruptible, as_one
from explorer.zoo.loading import MODELS


class Clock:
    """Seconds that pass when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(bounds.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(bounds.time, "thread_time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_without_a_visitor_nothing_is_refused(clock: Clock):
    require("All of it", seconds=1e9, nbytes=10**18, do="wait")
    clock.now = 1e9
    check()
    project(0.02)


@pytest.mark.parametrize(("seconds", "nbytes", "over"), [(10, 100, False), (11, 100, True), (10, 101, True)])
def test_an_estimate_above_the_bound_is_refused_with_both(seconds: float, nbytes: int, over: bool):
    with bounded(10, 100):
        if not over:
            require("It", seconds=seconds, nbytes=nbytes, do="choose less")
            return
        with pytest.raises(
            TooMuchWork, match=r"It would take about 1. s and .* may take 10 s .* Choose less"
        ):
            require("It", seconds=seconds, nbytes=nbytes, do="choose less")


def test_work_ends_when_its_seconds_are_over_and_outside_the_bound_it_may_go_on(clock: Clock):
    with bounded(10, 100):
        clock.now = 9.9
        check()
        clock.now = 10.5
        with pytest.raises(TooMuchWork, match="ended after 10 s"):
            check()
    check()


def test_a_share_that_says_the_whole_takes_too_long_ends_it_early(clock: Clock):
    with bounded(10, 100):
        clock.now = 9.0  # imports
        project(0.0)
        clock.now = 12.9
        project(0.01)  # not sure yet
        clock.now = 14.0
        project(0.5)
        with pytest.raises(TooMuchWork, match=r"would take about 100 s.* 10% of it"):
            project(0.05)


def test_looks_are_few_however_often_work_comes_by(clock: Clock):
    looks: list[float] = []
    with bounded(1e9, 100, look=lambda: looks.append(clock.now)):
        for _ in range(10_000):
            clock.now += 0.001
            check()
    assert 45 <= len(looks) <= 50


class Gone(BaseException):
    """The visitor has left."""


def test_a_pass_ends_between_two_operations_and_the_model_is_as_it_was(clock: Clock):
    model = zoo.load("vit")
    before = copy.deepcopy(model.module.state_dict())
    x = torch.randn(1, 3, *model.input_size)
    done = model.module(x)

    def leave() -> None:
        raise Gone

    class Ticking(torch.overrides.TorchFunctionMode):
        calls = 0

        def __torch_function__(self, func, types, args=(), kwargs=None):
            self.calls += 1
            clock.now += 0.01
            return func(*args, **(kwargs or {}))

    with bounded(1e9, 1 << 40, look=leave), Interruptible(), Ticking() as inside, pytest.raises(Gone):
        model.module(x)
    assert inside.calls <= 22  # a look is due after 0.2 s
    assert all(torch.equal(before[name], value) for name, value in model.module.state_dict().items())
    with bounded(1e9, 1 << 40), Interruptible():
        assert torch.equal(model.module(x), done)


def test_what_is_done_as_one_is_asked_about_once(clock: Clock):
    looks: list[float] = []
    with bounded(1e9, 1 << 40, look=lambda: looks.append(clock.now)), Interruptible():
        clock.now = 1.0
        with as_one():
            for _ in range(100):
                clock.now += 1.0
                torch.ones(1) + 1
        assert looks == [1.0]
        torch.ones(1) + 1
    assert looks == [1.0, 101.0]


def test_a_backward_pass_ends_between_two_operations(clock: Clock):
    looks: list[float] = []

    def leave() -> None:
        looks.append(clock.now)
        if clock.now > 100:
            raise Gone

    def slow(gradient: torch.Tensor) -> torch.Tensor:
        clock.now += 1
        return gradient

    start = torch.ones(3, requires_grad=True)
    with bounded(1e9, 1 << 40, look=leave), Interruptible():
        value = start
        for _ in range(1000):
            value = value * 1.01
            value.register_hook(slow)
        with pytest.raises(Gone):
            value.sum().backward()
    assert 100 <= clock.now <= 103
    assert start.grad is None


@pytest.mark.parametrize("name", ["vit_so400m_patch14_siglip_gap_896", "convnext_xxlarge"])
def test_a_visitor_who_types_a_large_name_builds_nothing(name: str):
    with (
        bounded(120, 2 << 30),
        pytest.raises(TooMuchWork, match=r"would take about .* 2.1 GB. Choose a smaller"),
    ):
        zoo.load(name, trained=False)
    assert not any(key[0] == name for _, key in MODELS.budget.cached)


def test_the_cost_is_the_networks_own():
    """A convolution's and a product's operations written out: 2 for each weight and place."""
    wanted = entry("resnet18")
    counted = cost(wanted.architecture, (224, 224), wanted.family, wanted.parameters)
    module, operations = zoo.load("resnet18", trained=False).module, 0

    def note(layer, inputs, output) -> None:
        nonlocal operations
        operations += 2 * layer.weight[0].numel() * output.numel()

    hooks = [
        part.register_forward_hook(note)
        for part in module.modules()
        if isinstance(part, torch.nn.Conv2d | torch.nn.Linear)
    ]
    module(torch.zeros(1, 3, 224, 224))
    for hook in hooks:
        hook.remove()
    assert counted.operations == operations
    assert counted.nbytes == 4 * wanted.parameters
