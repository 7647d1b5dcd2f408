"""What is said of a kind of model at long range, against what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from explorer.analysis.result import Result
from explorer.formatting import percent
from explorer.models.sequence_models import Attentive, Recurrent, SequenceModel

__all__ = ["HOLDS", "Finding", "finding"]

HOLDS = 0.9
"""The share recalled, mean over the seeds, from which on a distance is held."""


@dataclass(frozen=True)
class Finding(Result):
    """How far a model recalls, and whether its kind was said to."""

    title: str
    held: int
    """The farthest distance up to which every one is held; 0 where none is."""
    farthest: int
    """The farthest distance that was asked for."""
    at_farthest: float
    """The share recalled there."""
    reach: float
    """How far back the architecture can look at all."""
    outcome: Literal["better", "as expected", "worse", "not learnt"]

    def __str__(self) -> str:
        if self.outcome == "not learnt":
            return "has not learnt the task"
        fails = "" if self.held == self.farthest else f", {percent(self.at_farthest)} at {self.farthest}"
        judged = self.outcome if self.outcome == "as expected" else f"{self.outcome} than expected"
        return f"holds {self.held} steps{fails}: {judged}"


def finding(
    title: str,
    module: SequenceModel,
    distances: Sequence[int],
    shares: Float[np.ndarray, "seeds distances"],
) -> Finding:
    """Recurrent networks are said to forget: to hold less than the farthest distance. Convolutions are said to
    hold what lies in their field and to be short-sighted: one whose field covers every distance and that holds
    them all does better. Attention is said to hold everything."""
    mean, farthest, reach = shares.mean(0), int(distances[-1]), float(module.reach())
    missed = np.flatnonzero(mean < HOLDS)
    held = farthest if not len(missed) else int(distances[missed[0] - 1]) if missed[0] else 0
    # The marker stands one step before the letter: without it a letter is one among many.
    within = max((int(distance) for distance in distances if distance + 1 <= reach), default=0)
    outcome: Literal["better", "as expected", "worse", "not learnt"]
    if not held:
        outcome = "not learnt"
    elif isinstance(module, Recurrent):
        outcome = "better" if held == farthest else "as expected"
    elif isinstance(module, Attentive):
        outcome = "as expected" if held == farthest else "worse"
    elif held < within:
        outcome = "worse"
    else:
        outcome = "better" if held == farthest else "as expected"
    return Finding(title, held, farthest, float(mean[-1]), reach, outcome)
