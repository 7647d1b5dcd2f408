import copy
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from explorer.errors import CheckpointError
from explorer.training.recipe import Part
from explorer.training.run import Progress, Run, follow
from tests.training.tiny import Spirals, build, recipe

CPU = torch.device("cpu")
REPOSITORY = Path(__file__).parents[2]


def assert_same(one, other):
    """Bit for bit, however deep."""
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, list | tuple):
        for mine, theirs in zip(one, other, strict=True):
            assert_same(mine, theirs)
    else:
        assert one == other


def state(path):
    result = torch.load(path, weights_only=True)
    result.pop("seconds")
    return result


def test_weights_that_are_no_numbers_any_more_are_neither_written_nor_the_best(tmp_path):
    class Diverging(Spirals):
        def loss(self, module, step):
            return super().loss(module, step) * (float("nan") if step >= 16 else 1)

    kept = []
    with pytest.raises(CheckpointError, match="tiny came to nothing by step 17"):
        follow(
            recipe(),
            Diverging(),
            tmp_path / "s.pt",
            device=CPU,
            save_every=0.0,
            keep=lambda run: kept.append(run.step),
        )
    left = state(tmp_path / "s.pt")
    assert left["step"] == 16
    assert kept
    assert max(kept) <= 15
    for name in ("module", "average", "best"):
        assert all(tensor.isfinite().all() for tensor in left[name].values())


def test_a_run_killed_at_any_moment_and_resumed_equals_an_unbroken_one(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.training.tiny", str(tmp_path / "killed.pt")],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    with child:
        while int(child.stdout.readline()) < 20:
            pass
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert 19 <= state(tmp_path / "killed.pt")["step"] < 60  # the step in progress may be lost

    follow(recipe(), Spirals(), tmp_path / "killed.pt", device=CPU)
    follow(recipe(), Spirals(), tmp_path / "whole.pt", device=CPU)
    assert state(tmp_path / "whole.pt")["step"] == 60
    assert_same(state(tmp_path / "killed.pt"), state(tmp_path / "whole.pt"))


def test_time_that_is_up_leaves_a_state_to_go_on_from(tmp_path):
    path = tmp_path / "deep" / "state.pt"
    stopped = follow(recipe(), Spirals(), path, device=CPU, minutes=0.0)
    assert stopped.step == 0
    assert path.is_file()
    assert follow(recipe(), Spirals(), path, device=CPU).step == 60


def test_a_finished_run_is_not_followed_further(tmp_path):
    path = tmp_path / "state.pt"
    first = follow(recipe(), Spirals(), path, device=CPU)
    again = follow(recipe(), Spirals(), path, device=CPU)
    assert_same(first.module.state_dict(), again.module.state_dict())


class Falling(Spirals):
    """Scores 0.1, 0.9, 0.5, 0.3, … and remembers the weights it saw."""

    def __init__(self):
        super().__init__()
        self.scores, self.seen = iter([0.1, 0.9] + [0.5, 0.3] * 20), []

    def score(self, module):
        self.seen.append(copy.deepcopy(module.state_dict()))
        return next(self.scores)


def test_the_best_by_score_is_kept_and_not_the_last(tmp_path):
    task, kept = Falling(), []
    run = follow(recipe(), task, tmp_path / "s.pt", device=CPU, keep=lambda run: kept.append(run.step))
    assert run.best_score == 0.9
    assert kept == [5, 10]
    assert_same(run.best.state_dict(), task.seen[1])
    assert not torch.equal(run.best[0].weight, run.average[0].weight)


def test_progress_counts_every_score_and_says_the_time_left(tmp_path):
    told = []
    follow(recipe(), Spirals(), tmp_path / "s.pt", device=CPU, on_progress=told.append)
    assert [progress.step for progress in told] == list(range(5, 61, 5))
    assert told[-1].seconds_left == 0
    assert all(progress.best == max(seen.score for seen in told[: i + 1]) for i, progress in enumerate(told))
    assert "120 min left" in str(Progress(1, 2, 0.5, 0.5, 0.5, 3.0, 7200))


@pytest.mark.parametrize("parts", [None, (Part(30, peak_rate=1e-3, warm_up=10, average=0.9),)])
def test_the_average_is_an_exponential_one_of_the_weights(parts):
    message = {"average": 0.9} if parts is None else {"average": 0.5, "parts": parts}
    run, task = Run(recipe(**message), CPU), Spirals()
    expected = run.module[0].weight.detach().clone().double()
    for step in range(1, 31):
        run.advance(task)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * run.module[0].weight.detach().double()
    torch.testing.assert_close(run.average[0].weight.double(), expected, atol=1e-6, rtol=1e-5)


def test_the_rate_may_stay_at_its_peak_before_it_falls():
    held, falling = Part(100, peak_rate=1.0, warm_up=10, hold=40), Part(50, peak_rate=1.0, warm_up=0)
    shares = [held.share(step) for step in range(100)]
    assert shares[9:50] == [1.0] * 41
    assert shares[50:] == [falling.share(step) for step in range(50)]


def test_the_rate_warms_up_in_a_line_and_falls_along_a_half_cosine():
    run, rates = Run(recipe(peak_rate=0.01, by_muon=("0.",), muon=2.0), CPU), []
    while run.step < 60:
        run.advance(Spirals())
        rates.append([part.param_groups[0]["lr"] for part in run.optimizer.parts.values()])
    rates, doubled = zip(*rates, strict=True)
    assert doubled == pytest.approx([2 * rate for rate in rates])
    assert rates[:10] == pytest.approx([0.001 * (i + 1) for i in range(10)])
    assert rates[35] == pytest.approx(0.005)  # half way down: (10 + 60) / 2
    assert rates[-1] == pytest.approx(0.005 * (1 + math.cos(math.pi * 49 / 50)))


def test_only_matrices_are_decayed():
    class Positions(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.pos_embed = build(), nn.Parameter(torch.zeros(1, 4, 2))

        def no_weight_decay(self):
            return {"pos_embed"}

    run = Run(recipe(build=Positions), CPU)
    decayed, free = run.optimizer.parts["adamw"].param_groups
    assert {p.ndim for p in decayed["params"]} == {2}
    assert len(decayed["params"]) == 2
    assert decayed["weight_decay"] > 0 == free["weight_decay"]
    assert any(p is run.module.pos_embed for p in free["params"])


def test_another_seed_is_another_run(tmp_path):
    one, other = (
        follow(recipe(seed=seed, steps=5), Spirals(), tmp_path / f"{seed}.pt", device=CPU) for seed in (0, 1)
    )
    assert not torch.equal(one.module[0].weight, other.module[0].weight)


def settled(module):
    module.kept[0].bias.requires_grad_(False)
    module.kept[3].p = 0.6


def deepened(module):
    """A further layer, which does not change what it is given yet."""
    settled(module)
    if len(module.kept) == 5:
        layer = nn.Linear(2, 2)
        nn.init.eye_(layer.weight)
        nn.init.zeros_(layer.bias)
        module.kept.append(layer)


PARTS = (
    Part(20, peak_rate=0.01, warm_up=5, average=0.8),
    Part(15, peak_rate=0.004, warm_up=3, by_muon=("kept.0.",), prepare=settled),
)


class Shipped(nn.Module):
    """The tiny network, and what it has in training only."""

    def __init__(self):
        super().__init__()
        self.kept, self.further = build(), nn.Parameter(torch.randn(3))

    def forward(self, points):
        return self.kept(points) + 0 * self.further.sum()


def two_parts(**said):
    return recipe(**{"parts": PARTS, "build": Shipped, "shipped": lambda module: module.kept} | said)


def test_a_further_part_begins_with_the_best_before_it_and_a_schedule_of_its_own():
    task = Falling()  # the best is at the second score, step 10
    run, rates = Run(two_parts(), CPU), []
    while run.step < 35:
        if run.step == 20:
            best = copy.deepcopy(run.best)
            last = copy.deepcopy(run.module)
            assert "muon" not in run.optimizer.parts
            assert run.average.kept[3].p == 0.2
        run.advance(task)
        if run.step % 5 == 0:
            run.judge(task)
        if run.step == 21:
            moved = run.module.kept[4].weight - best.kept[4].weight
            assert 0 < moved.abs().max() < 0.01  # AdamW's first step is at most its rate
            assert not torch.equal(run.module.further, last.further)
            assert "muon" in run.optimizer.parts
            assert run.average.kept[3].p == run.best.kept[3].p == 0.6
        rates.append(run.optimizer.parts["adamw"].param_groups[0]["lr"])
    assert torch.equal(run.module.kept[0].bias, best.kept[0].bias)
    assert rates[20:23] == pytest.approx([0.004 / 3, 0.008 / 3, 0.004])
    assert rates[34] == pytest.approx(0.002 * (1 + math.cos(math.pi * 11 / 12)))


DEEPER = Part(10, peak_rate=0.004, warm_up=3, by_muon=("kept.5.",), prepare=deepened)


@pytest.mark.parametrize(
    ("further", "stop"),
    [((), at) for at in (13, 20, 21, 30)] + [((DEEPER,) * 2, at) for at in (35, 36, 45, 48)],
)
def test_a_recipe_of_several_parts_stopped_anywhere_ends_as_an_unbroken_one(further, stop, tmp_path):
    parts = two_parts(parts=PARTS + further)
    follow(parts, Spirals(), tmp_path / "whole.pt", device=CPU)
    run, task = Run(parts, CPU), Spirals()
    while run.step < stop:
        run.advance(task)
        if run.step % 5 == 0:
            run.judge(task)
    run.save(tmp_path / "stopped.pt")
    follow(parts, Spirals(), tmp_path / "stopped.pt", device=CPU)
    assert_same(state(tmp_path / "stopped.pt"), state(tmp_path / "whole.pt"))


def test_a_part_that_adds_a_layer_begins_with_what_was_learnt_and_teaches_the_layer_too():
    task = Falling()  # the best is at the second score, step 10
    run = Run(two_parts(parts=(*PARTS, DEEPER)), CPU)
    points = torch.randn(7, 2)
    while run.step < 36:
        if run.step == 35:
            before, best = copy.deepcopy(run.best), run.best(points)
        run.advance(task)
        if run.step % 5 == 0:
            run.judge(task)
    assert len(before.kept) == 5
    assert len(run.module.kept) == len(run.average.kept) == len(run.best.kept) == 6
    assert torch.equal(run.best(points), best)
    assert not torch.equal(run.module.kept[5].weight, torch.eye(2))
    assert (run.module.kept[4].weight - before.kept[4].weight).abs().max() < 0.01


def test_parts_are_finished_at_their_ends_alone():
    run, finished = Run(two_parts(), CPU), []
    while run.step < 35:
        run.advance(Spirals())
        finished.append(run.finished_parts)
    assert [step + 1 for step, parts in enumerate(finished) if parts] == [20, 35]
    assert (finished[19], finished[34]) == (1, 2)


def test_a_card_names_each_machine_once_however_often_a_run_changed_between_them(tmp_path):
    run = Run(recipe(), CPU)
    here = run.hardware
    run.hardware = f"{here}, then another"
    for _ in range(2):
        run.save(tmp_path / "s.pt")
        run.restore(tmp_path / "s.pt")
        assert run.hardware == f"{here}, then another"
    run.hardware = "another"
    run.save(tmp_path / "s.pt")
    run.restore(tmp_path / "s.pt")
    assert run.hardware == f"another, then {here}"
