"""What a recipe is, and how one is followed: seeded, resumable, the best kept by a validation part."""

from __future__ import annotations

import copy
import math
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from explorer.errors import CheckpointError
from explorer.training.optimizer import Optimizer

__all__ = ["Progress", "Recipe", "Run", "Task", "follow", "hardware"]

PARTS = ("module", "average", "best", "optimizer")
COUNTERS = ("step", "best_step", "best_score", "seconds")
"""What a state holds of a run."""


class Task(Protocol):
    """Data in memory, and what is asked of the model on it. All chance comes from torch's global generator,
    which is seeded anew for every step, so that a resumed run draws what an unbroken one would have drawn."""

    def loss(self, module: nn.Module, step: int) -> Tensor:
        """The loss of the batch of that step, a scalar with a graph."""

    def score(self, module: nn.Module) -> float:
        """How good the model is on the validation part; higher is better."""


@dataclass(frozen=True)
class Recipe:
    """How a shipped model is made."""

    name: str
    title: str
    family: str
    architecture: str
    options: dict[str, Any]
    input_size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: tuple[str, ...]
    data: str
    notes: str
    target: float
    """The validation score it aims at."""
    steps: int
    build: Callable[[], nn.Module]
    task: Callable[[Path, torch.device], Task]
    peak_rate: float = 1e-3
    """AdamW's learning rate after the warm-up, falling to zero along a half cosine."""
    by_muon: tuple[str, ...] = ()
    """Which parts' matrices Muon teaches: prefixes of parameters' names."""
    muon: float = 3.0
    """Muon's learning rate as a multiple of AdamW's."""
    weight_decay: float = 0.05
    warm_up: int = 200
    """Steps."""
    average: float = 0.999
    """Decay of the moving average of the weights, a step; the average is what ships."""
    score_every: int = 150
    """Steps."""
    channels_last: bool = False
    seed: int = 0
    half: bool = False
    """Whether the weights are stored in 16 bits."""
    needs: tuple[str, ...] = ()
    """Recipes whose checkpoints this one reads."""
    shipped: Callable[[nn.Module], nn.Module] = lambda module: module
    """What ships of the module that is trained, which may have parts for training only."""


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
            _attend_plainly(self.module)
        self.average = copy.deepcopy(self.module).eval().requires_grad_(False)
        self.best = copy.deepcopy(self.average)
        self.optimizer = Optimizer(
            self.module,
            rate=recipe.peak_rate,
            weight_decay=recipe.weight_decay,
            by_muon=recipe.by_muon,
            muon=recipe.muon,
        )
        self.step, self.best_step, self.best_score, self.seconds = 0, 0, -math.inf, 0.0
        if device.type == "cuda":
            self.module.compile()

    def advance(self, task: Task) -> Tensor:
        """One step; returns its loss, on its device, so that nothing waits for it."""
        recipe = self.recipe
        torch.manual_seed(recipe.seed * 1_000_003 + self.step + 1)
        self.module.train()
        with torch.autocast(self.device.type, torch.bfloat16):
            loss = task.loss(self.module, self.step)
        loss.backward()
        nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        self.optimizer.step(_share(self.step, recipe))
        self.step += 1
        decay = min(recipe.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for kept, new in zip(_floats(self.average), _floats(self.module), strict=True):
                kept.lerp_(new, 1 - decay)
        return loss.detach()

    def judge(self, task: Task) -> float:
        """The averaged model's score; the best so far is kept."""
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16):
            score = task.score(self.average)
        if score > self.best_score:
            self.best_step, self.best_score = self.step, score
            self.best.load_state_dict(self.average.state_dict())
        return score

    def save(self, path: Path) -> None:
        """Write the state, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        state = {name: getattr(self, name).state_dict() for name in PARTS}
        torch.save(state | {name: getattr(self, name) for name in COUNTERS}, part)
        part.replace(path)

    def restore(self, path: Path) -> None:
        """Go on from a state that `save` wrote.

        Raises:
            CheckpointError: it is of another recipe.
        """
        state = torch.load(path, map_location=self.device, weights_only=True)
        try:
            for name in PARTS:
                getattr(self, name).load_state_dict(state[name])
            for name in COUNTERS:
                setattr(self, name, state[name])
        except (KeyError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"{path} cannot be gone on from",
                why=f"the recipe {self.recipe.name} has changed since it was left there",
                do="delete it, or say another folder with --state",
            ) from error


def follow(
    recipe: Recipe,
    task: Task,
    state: Path,
    *,
    device: torch.device,
    minutes: float | None = None,
    tell: Callable[[Progress], None] = lambda progress: None,
    keep: Callable[[Run], None] = lambda run: None,
    save_every: float = 60.0,
) -> Run:
    """Follow the recipe from wherever `state` stands until its last step, or for so many minutes.

    `keep` is called whenever a score is the best so far. The state is written every `save_every` seconds.
    """
    run = Run(recipe, device)
    if state.is_file():
        run.restore(state)
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
            tell(
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


def hardware(device: torch.device) -> str:
    """What a run is made on, for the card."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{torch.get_num_threads()} threads of a {platform.machine()} CPU, bfloat16 autocast"


def _share(step: int, recipe: Recipe) -> float:
    """The share of the peak learning rates at a step: linear warm-up, then a half cosine."""
    if step < recipe.warm_up:
        return (step + 1) / recipe.warm_up
    return 0.5 * (1 + math.cos(math.pi * (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)))


def _attend_plainly(module: nn.Module) -> None:
    """Attention of timm's blocks as plain products: on a CPU the gradient of torch's fused one takes so long
    at a few hundred tokens that a step of the vit is 1.5 times quicker without."""
    for part in module.modules():
        if hasattr(part, "fused_attn"):
            part.fused_attn = False  # type: ignore[assignment]


def _floats(module: nn.Module) -> Iterable[Tensor]:
    return (tensor for tensor in module.state_dict().values() if tensor.is_floating_point())
