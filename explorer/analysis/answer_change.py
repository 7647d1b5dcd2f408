"""What a model answers before and after something in it was changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import softmax
from torch import Tensor

from explorer.analysis.prediction import prediction
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError
from explorer.formatting import percent

__all__ = ["AnswerChange", "PredictionsChanged", "answer_change", "predictions_changed"]


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

    def arrays(self) -> Arrays:
        return {
            "answer": (np.array(self.names), ""),
            "before": (self.before, "1"),
            "after": (self.after, "1"),
        }

    def numbers(self) -> Numbers:
        before, after = self.first
        return {
            "before": (before, ""),
            "after": (after, ""),
            "total variation": (percent(self.moved), ""),
        }

    def alt(self) -> str:
        before, after = self.first
        return (
            f"Pairs of bars of probability; the longest is {before} ({percent(self.before.max())}) before and {after} "
            f"({percent(self.after.max())}) after."
        )


@dataclass(frozen=True, eq=False)
class PredictionsChanged(Result):
    """What several models predict of a picture, and of the same picture changed."""

    models: tuple[str, ...]
    class_before: tuple[str, ...]
    probability_before: Float[np.ndarray, " models"]
    probability_after: Float[np.ndarray, " models"]
    """Of the class predicted before."""
    class_after: tuple[str, ...]
    probability_of_class_after: Float[np.ndarray, " models"]

    @property
    def stays(self) -> tuple[bool, ...]:
        """Whether each model predicts the same class."""
        return tuple(old == new for old, new in zip(self.class_before, self.class_after, strict=True))

    @property
    def notes(self) -> list[str]:
        """Of each model what it predicts now."""
        return [
            f"still {name}" if stays else f"now {name}, {percent(share)}"
            for name, stays, share in zip(
                self.class_after, self.stays, self.probability_of_class_after, strict=True
            )
        ]

    def arrays(self) -> Arrays:
        return {
            "model": (np.array(self.models), ""),
            "class_before": (np.array(self.class_before), ""),
            "probability_before": (self.probability_before, "1"),
            "probability_after": (self.probability_after, "1"),
            "class_after": (np.array(self.class_after), ""),
            "probability_of_class_after": (self.probability_of_class_after, "1"),
        }

    def numbers(self) -> Numbers:
        return {"predictions that stay": (f"{sum(self.stays)} of {len(self.stays)}", "")}

    def alt(self) -> str:
        changes = (
            f"{model} {name}, {percent(before)} before and {percent(after)} after"
            for model, name, before, after in zip(
                self.models, self.class_before, self.probability_before, self.probability_after, strict=True
            )
        )
        return f"Two bars for each model, of the probability of the class it predicts at first: {'; '.join(changes)}."


def predictions_changed(
    models: Mapping[str, tuple[tuple[str, ...], Float[Tensor, "1 classes"], Float[Tensor, "1 classes"]]],
) -> PredictionsChanged:
    """From each model's classes, and its logits before and after.

    Raises:
        AnalysisError: a model names no classes.
    """
    rows = []
    for classes, old, new in models.values():
        before, after = prediction(old, classes), prediction(new, classes)
        rows.append(
            (
                before.classes[0].split(",")[0],
                float(before.probabilities[0]),
                float(new[0].double().softmax(-1)[int(before.indices[0])]),
                after.classes[0].split(",")[0],
                float(after.probabilities[0]),
            )
        )
    first, old_p, new_p, now, now_p = zip(*rows, strict=True)
    return PredictionsChanged(tuple(models), first, np.array(old_p), np.array(new_p), now, np.array(now_p))


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
    top = {int(at) for probs in (old, new) for at in np.argsort(-probs, kind="stable")[:most]}
    order = sorted(top, key=lambda at: -old[at])
    return AnswerChange(
        tuple(names[at] for at in order), old[order], new[order], float(np.abs(new - old).sum() / 2)
    )
