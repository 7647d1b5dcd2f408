"""How a recipe is followed: seeded, resumable, the best kept by a validation part."""

from __future__ import annotations

import copy
import math
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.errors import CheckpointError
from explorer.training.optimizer import Optimizer
from explorer.training.precision import autocast, precision
from explorer.training.recipe import Recipe, Task
from explorer.whole import replacing
from explorer.zoo.cards import Card

__all__ = ["Progress", "Run", "attend_plainly", "follow"]

HELD = ("module", "average", "best", "optimizer")
COUNTERS = ("step", "best_step", "best_score", "seconds", "hardware")
"""What a state holds of a run."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands."""

    step: int
    steps: int
    loss: float
    score: float
    best: float
    steps_per_second: float
    seconds_left: float

    def __str__(self) -> str:
        return (
            f"step {self.step}/{self.steps}  loss {self.loss:.3f}  score {self.score:.4f}  "
            f"best {self.best:.4f}  {self.steps_per_second:.2f} steps/s  "
            f"{self.seconds_left / 60:.0f} min left"
        )


class Run:
    """A recipe half followed: everything that must survive a kill."""

    def __init__(self, recipe: Recipe, device: torch.device) -> None:
        torch.manual_seed(recipe.seed)
        layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
        self.recipe, self.device = recipe, device
        self.module = recipe.build().to(device).to(memory_format=layout)
        if device.type == "cpu":
            attend_plainly(self.module)
        self.average = copy.deepcopy(self.module).eval().requires_grad_(False)
        self.best = copy.deepcopy(self.average)
        self.optimizer = self._prepared(0)
        self.step, self.best_step, self.best_score, self.seconds = 0, 0, -math.inf, 0.0
        self.norm = torch.zeros(())
        """Of the last step's gradient, before it was clipped: no number if the weights are none any more."""
        self.hardware = _hardware(device)
        if device.type == "cuda" and recipe.compiled:
            self.module.compile()

    @property
    def options(self) -> dict[str, Any]:
        """What the module is built with, as it is now."""
        return self.recipe.options | dict(self.recipe.parts[self.number].options)

    @property
    def finished_parts(self) -> int:
        """How many parts are followed, where the run stands at the end of one; 0 within one."""
        ends = list(accumulate(part.steps for part in self.recipe.parts))
        return ends.index(self.step) + 1 if self.step in ends else 0

    def go_on_from(self, card: Card, weights: Mapping[str, Tensor], task: Task) -> None:
        """Stand at the end of the parts that made what ships."""
        self.optimizer = self._prepared(card.parts - 1)
        self.recipe.shipped(self.best).load_state_dict(weights)
        self.step = sum(part.steps for part in self.recipe.parts[: card.parts])
        self.best_step, self.best_score = card.steps, self._scored(task, self.best)
        self.seconds, self.hardware = card.seconds, _joined(card.hardware, self.hardware)

    def advance(self, task: Task) -> Tensor:
        """One step; returns its loss, on its device, so that nothing waits for it."""
        recipe = self.recipe
        number, first = recipe.part_of(self.step)
        part = recipe.parts[number]
        if number and self.step == first:
            self._begin(number)
        torch.manual_seed(recipe.seed * 1_000_003 + self.step + 1)
        self.module.train()
        with autocast(self.device):
            loss = task.loss(self.module, self.step)
        loss.backward()
        self.norm = nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        self.optimizer.step(part.share(self.step - first))
        self.step += 1
        decay = min(part.average or recipe.average, (1 + self.step - first) / (10 + self.step - first))
        with torch.no_grad():
            torch._foreach_lerp_(list(_floats(self.average)), list(_floats(self.module)), 1 - decay)
        return loss.detach()

    def judge(self, task: Task) -> float:
        """The averaged model's score; the best so far is kept.

        Raises:
            CheckpointError: the weights are no numbers any more.
        """
        self._refuse_no_numbers()
        score = self._scored(task, self.average)
        if score > self.best_score:
            self.best_step, self.best_score = self.step, score
            self.best.load_state_dict(self.average.state_dict())
        return score

    def _scored(self, task: Task, module: nn.Module) -> float:
        with torch.inference_mode(), autocast(self.device):
            return task.score(module)

    def save(self, path: Path) -> None:
        """Write the state, whole or not at all.

        Raises:
            CheckpointError: the weights are no numbers any more.
        """
        self._refuse_no_numbers()
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {name: getattr(self, name).state_dict() for name in HELD}
        with replacing(path) as part:
            torch.save(state | {name: getattr(self, name) for name in COUNTERS}, part)

    def _refuse_no_numbers(self) -> None:
        if not math.isfinite(self.norm):
            raise CheckpointError(
                f"the training of {self.recipe.name} came to nothing by step {self.step}",
                why=f"the norm of its gradient is {float(self.norm)}",
                do="go on from the last state with lower rates, or on another device",
            )

    def restore(self, path: Path) -> None:
        """Go on from a state that `save` wrote.

        Raises:
            CheckpointError: it is of another recipe.
        """
        state = torch.load(path, map_location=self.device, weights_only=True)
        try:
            # At a part's first step the optimizer is still that of the part before.
            self.optimizer = self._prepared(self.recipe.part_of(max(0, state["step"] - 1))[0])
            for name in HELD:
                getattr(self, name).load_state_dict(state[name])
            for name in COUNTERS:
                setattr(self, name, state[name])
            self.hardware = _joined(self.hardware, _hardware(self.device))
        except (KeyError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"{path} cannot be gone on from",
                why=f"the recipe {self.recipe.name} has changed since it was left there",
                do="delete it, or say another folder with --state",
            ) from error

    def _begin(self, number: int) -> None:
        """A further part: with the best weights so far, what is for training only as new, nothing else kept."""
        torch.manual_seed(self.recipe.seed + number)
        shipped, fresh = self.recipe.shipped, self.recipe.build()
        self.recipe.parts[number - 1].prepare(fresh)
        shipped(fresh).load_state_dict(shipped(self.best).state_dict())
        for module in (self.module, self.average):
            module.load_state_dict(fresh.state_dict())
        self.optimizer = self._prepared(number)

    def _prepared(self, number: int) -> Optimizer:
        """The part's optimizer, all modules set as the part wants them."""
        self.number, part = number, self.recipe.parts[number]
        for module in (self.module, self.average, self.best):
            part.prepare(module)
        return Optimizer(
            self.module,
            rate=part.peak_rate,
            weight_decay=self.recipe.weight_decay,
            by_muon=part.by_muon,
            muon=part.muon,
            slow=part.slow,
        )


def follow(
    recipe: Recipe,
    task: Task,
    state: Path,
    *,
    device: torch.device,
    minutes: float | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    begin: Callable[[Run], None] = lambda run: None,
    keep: Callable[[Run], None] = lambda run: None,
    save_every: float = 60.0,
) -> Run:
    """Follow the recipe from wherever `state` stands until its last step, or for so many minutes.

    `begin` is asked where there is no state. `keep` is called whenever a score is the best so far. The state is
    written every `save_every` seconds.

    Raises:
        CheckpointError: the state is of another recipe, or the weights are no numbers any more; the state and the best
            are then those from before.
    """
    run = Run(recipe, device)
    if state.is_file():
        run.restore(state)
    else:
        begin(run)
    start, saved, first = time.monotonic(), time.monotonic(), run.step
    before = run.seconds
    while run.step < recipe.steps and (minutes is None or time.monotonic() - start < minutes * 60):
        loss = run.advance(task)
        now = time.monotonic()
        run.seconds = before + now - start
        if run.step % recipe.score_every == 0 or run.step == recipe.steps:
            best = run.best_score
            score = run.judge(task)
            rate = (run.step - first) / (time.monotonic() - start)
            on_progress(
                Progress(
                    run.step,
                    recipe.steps,
                    float(loss),
                    score,
                    run.best_score,
                    rate,
                    (recipe.steps - run.step) / rate,
                )
            )
            if score > best:
                keep(run)
        if now - saved > save_every:
            run.save(state)
            saved = now
    run.save(state)
    return run


def _hardware(device: torch.device) -> str:
    """What a run is made on, for the card."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    numbers = "bfloat16 autocast" if precision(device) is torch.bfloat16 else "float32"
    return f"{torch.get_num_threads()} threads of a {platform.machine()} CPU, {numbers}"


def _joined(before: str, now: str) -> str:
    """What a run was made on so far, and what it goes on with, each once."""
    return before if now in before.split(", then ") else f"{before}, then {now}"


def attend_plainly(module: nn.Module) -> None:
    """Attention, of timm's blocks, of transformers' and of ours, as plain products: on a CPU the gradient of torch's
    fused one takes so long at a few hundred tokens that a step of the vit is 1.5 times quicker without, and one of
    a DETR's encoder and decoder as well."""
    for part in module.modules():
        if hasattr(part, "fused_attn"):
            part.fused_attn = False  # type: ignore[assignment]
        if hasattr(part, "set_attn_implementation"):
            part.set_attn_implementation({"": "eager"})  # type: ignore[operator]


def _floats(module: nn.Module) -> Iterable[Tensor]:
    return (tensor for tensor in module.state_dict().values() if tensor.is_floating_point())
