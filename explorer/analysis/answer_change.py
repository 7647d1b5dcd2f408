"""What a model answers before and after something in it was changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import softmax

from explorer.analysis.result import Result
from explorer.errors import AnalysisError

__all__ = ["AnswerChange", "answer_change"]


@dataclass(frozen=True, eq=False)
class AnswerChange(Result):
    """The likeliest answers of before and of after, by their probability before."""

    names: tuple[str, ...]
    before: Float[np.ndarray, " names"]
    """Softmax over all answers."""
    after: Float[np.ndarray, " names"]
    moved: float
    """Half the sum of all probabilities' changes: 0 for none, 1 for other answers altogether."""

    @property
    def first(self) -> tuple[str, str]:
        """The likeliest answer before, and the likeliest after."""
        return self.names[int(self.before.argmax())], self.names[int(self.after.argmax())]


def answer_change(
    before: Float[np.ndarray, " answers"],
    after: Float[np.ndarray, " answers"],
    names: Sequence[str],
    *,
    most: int = 5,
) -> AnswerChange:
    """From the logits of both. `most` of either are named.

    Raises:
        AnalysisError: the logits are not those of these answers.
    """
    if not names or len(names) != before.shape[-1]:
        raise AnalysisError(
            "This model names no classes",
            why="it was trained without labels" if not names else f"it has {before.shape[-1]} outputs",
            do="its attention can still be looked at",
        )
    old, new = softmax(before.astype(np.float64)), softmax(after.astype(np.float64))
    top = {int(at) for each in (old, new) for at in np.argsort(-each, kind="stable")[:most]}
    order = sorted(top, key=lambda at: -old[at])
    return AnswerChange(
        tuple(names[at] for at in order), old[order], new[order], float(np.abs(new - old).sum() / 2)
    )
