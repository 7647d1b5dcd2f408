"""What a recipe is: its parts, and the task it is followed on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

__all__ = ["Part", "Recipe", "Task", "at_step"]


class Task(Protocol):
    """Data in memory, and what is asked of the model on it. All chance comes from torch's global generator,
    which is seeded anew for every step, so that a resumed run draws what an unbroken one would have drawn."""

    def loss(self, module: nn.Module, step: int) -> Tensor:
        """The loss of the batch of that step, a scalar with a graph."""

    def score(self, module: nn.Module) -> float:
        """How good the model is on the validation part; higher is better."""


T = TypeVar("T")


def at_step(step: int, stretches: Iterable[tuple[int, T]], after: T) -> T:
    """What holds at a step: of (until which step, what) the first that is not over, else `after`."""
    return next((what for until, what in stretches if step < until), after)


@dataclass(frozen=True)
class Part:
    """A stretch of a training with a schedule and an optimizer of its own: the rate warms up in a line, may stay
    at its peak (Hägele et al., "Scaling laws and compute-optimal training beyond fixed training durations", 2024),
    then falls to zero along a half cosine."""

    steps: int
    peak_rate: float
    """AdamW's learning rate after the warm-up."""
    warm_up: int
    """Steps."""
    hold: int = 0
    """Steps at the peak."""
    by_muon: tuple[str, ...] = ()
    """Which matrices Muon teaches: prefixes of parameters' names."""
    muon: float = 3.0
    """Muon's learning rate as a multiple of AdamW's."""
    slow: tuple[str, ...] = ()
    """What learns at a tenth of AdamW's rate: prefixes of parameters' names."""
    average: float | None = None
    """Decay of the moving average of the weights, a step, where it is not the recipe's."""
    prepare: Callable[[nn.Module], None] = lambda module: None
    """What is set in the module from this part's first step on; it says all that any part sets. It may add to the
    module, where that was not done yet: it is called again whenever a run is restored."""
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Which of the recipe's options are others as long as this part lasts."""

    def share(self, step: int) -> float:
        """The share of the peak learning rates at a step of the part."""
        if step < self.warm_up:
            return (step + 1) / self.warm_up
        fall = self.warm_up + self.hold
        return 0.5 * (1 + math.cos(math.pi * max(0, step - fall) / max(1, self.steps - fall)))


@dataclass(frozen=True)
class Recipe:
    """How a shipped model is made: by one part, or by several, each of which begins with the best weights of the
    one before (warm restarts; Loshchilov & Hutter, "SGDR", 2017). What ships can so be made better without losing
    what it learnt, and the recipe still says all of how it was made."""

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
    parts: tuple[Part, ...]
    build: Callable[[], nn.Module]
    task: Callable[[Path, torch.device], Task]
    weight_decay: float = 0.05
    average: float = 0.999
    """Decay of the moving average of the weights, a step; the average is what ships."""
    score_every: int = 150
    """Steps."""
    channels_last: bool = False
    compiled: bool = True
    """Whether a GPU compiles the module, which takes about a minute for each shape of its input."""
    seed: int = 0
    half: bool = False
    """Whether the weights are stored in 16 bits."""
    needs: tuple[str, ...] = ()
    """Recipes whose checkpoints this one reads."""
    shipped: Callable[[nn.Module], nn.Module] = lambda module: module
    """What ships of the module that is trained, which may have modules for training only."""

    @property
    def steps(self) -> int:
        """Of all parts."""
        return sum(part.steps for part in self.parts)

    def part_of(self, step: int) -> tuple[int, int]:
        """The number of the part that a step belongs to, and the part's first step."""
        first = 0
        for number, part in enumerate(self.parts):
            if step < first + part.steps:
                return number, first
            first += part.steps
        return len(self.parts) - 1, first - self.parts[-1].steps
