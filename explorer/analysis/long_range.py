"""How far back an answer depends on its input: gradients, reach, right answers by distance, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.analysis.result import Result
from explorer.data.recall_task import recall_sequences
from explorer.errors import ControlError
from explorer.models.sequence_models import SequenceModel

__all__ = ["DISTANCES", "Cost", "InputGradient", "accuracy_by_distance", "cost", "input_gradient"]

DISTANCES = (1, 2, 4, 8, 16, 32, 64, 128, 192, 256)
AT_ONCE = 256
"""Sequences of a pass."""


@dataclass(frozen=True, eq=False)
class InputGradient(Result):
    """The length of ∂ logit / ∂ embedding for every input position."""

    length: Float[np.ndarray, " places"]
    """In the order of the sequence."""
    answer: int
    guess: int
    distance: int
    """Steps from the letter to be recalled to the last place."""
    reach: float
    """How far back the architecture can look at all."""
    title: str = ""

    @property
    def steps_back(self) -> Int[np.ndarray, " places"]:
        return np.arange(len(self.length))[::-1]

    @property
    def precision(self) -> float:
        """The largest one times ε of the input's type: what is smaller moves the logit less than rounding does."""
        return float(np.finfo(self.length.dtype).eps * self.length.max(initial=0.0))

    @property
    def felt(self) -> int:
        """Steps back to the farthest place whose gradient is not under machine precision."""
        places = np.flatnonzero((self.length >= self.precision) & (self.length > 0))
        return int(self.steps_back[places[0]]) if len(places) else 0

    @property
    def at_answer(self) -> float:
        """At the letter to be recalled."""
        return float(self.length[len(self.length) - 1 - self.distance])


def input_gradient(
    module: SequenceModel, numbers: Int[Tensor, " places"], *, answer: int, distance: int, title: str = ""
) -> InputGradient:
    """The gradient of the answer's logit at the last place."""
    with torch.enable_grad():
        x = module.embed(numbers[None]).detach().requires_grad_()
        logits = module.read(x)[0, -1]
        (gradient,) = torch.autograd.grad(logits[answer], x)
    return InputGradient(
        gradient[0].norm(dim=-1).cpu().numpy(),
        answer,
        int(logits.argmax()),
        distance,
        float(module.reach()),
        title,
    )


@torch.no_grad()
def accuracy_by_distance(
    module: Any,
    *,
    distances: Sequence[int] = DISTANCES,
    count: int = 200,
    seed: int = 0,
) -> Float[np.ndarray, " distances"]:
    """The share of `count` new sequences for each distance whose letter is recalled; chance is 1 in 16."""
    generator = torch.Generator().manual_seed(seed)
    sequences = [recall_sequences(count, distance, generator=generator) for distance in distances]
    numbers, answers = (
        torch.cat([part.numbers for part in sequences]),
        torch.cat([part.answers for part in sequences]),
    )
    device = next(module.parameters()).device
    # All distances in one pass: a recurrent network takes as long for many sequences as for one.
    guesses = [module(part.to(device))[:, -1].argmax(-1).cpu() for part in numbers.split(AT_ONCE)]
    right = torch.cat(guesses) == answers
    return right.view(len(sequences), count).double().mean(1).numpy()


@dataclass(frozen=True)
class Cost(Result):
    """What a pass over a sequence takes."""

    length: int
    sequential_steps: int
    longest_path: float
    operations: int
    parameters: int


def cost(module: SequenceModel, length: int) -> Cost:
    """As functions of the length; see the methods of `SequenceModel` for what is counted.

    Raises:
        ControlError: the length is below 1.
    """
    if length < 1:
        raise ControlError("A sequence has at least one place", why=f"{length} were asked for")
    return Cost(
        length,
        module.sequential_steps(length),
        float(module.longest_path(length)),
        module.operations(length),
        sum(parameter.numel() for parameter in module.parameters()),
    )
