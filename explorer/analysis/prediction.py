"""What a classifier says of a picture."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.result import Arrays, Result
from explorer.errors import AnalysisError
from explorer.formatting import percent

if TYPE_CHECKING:
    pass

__all__ = ["Prediction", "prediction"]


@dataclass(frozen=True)
class Prediction(Result):
    """The likeliest classes, the first first."""

    classes: tuple[str, ...]
    probabilities: np.ndarray
    """Softmax of the logits, one for each of `classes`; over all classes they sum to 1."""
    logits: np.ndarray
    indices: np.ndarray
    """The places of `classes` among the model's outputs."""

    def arrays(self) -> Arrays:
        return {
            "class": (np.array(self.classes), ""),
            "probability": (self.probabilities, "1"),
            "logit": (self.logits, "1"),
        }

    def alt(self) -> str:
        return f"Bars of probability; the longest, {percent(self.probabilities[0])}, is that of {self.classes[0]}."


def prediction(logits: Float[Tensor, "1 classes"], classes: tuple[str, ...], *, most: int = 5) -> Prediction:
    """The `most` likeliest classes of one picture.

    Raises:
        AnalysisError: the model's outputs are not classes, or not these.
    """
    if logits.shape[-1] != len(classes) or not classes:
        raise AnalysisError(
            "This model names no classes",
            why="it was trained without labels" if not classes else f"it has {logits.shape[-1]} outputs",
            do="its attention can still be looked at",
        )
    probabilities = logits[0].double().softmax(-1)
    top = torch.topk(probabilities, min(most, len(classes)))
    return Prediction(
        classes=tuple(classes[i] for i in top.indices.tolist()),
        probabilities=top.values.cpu().numpy(),
        logits=logits[0][top.indices].double().cpu().numpy(),
        indices=top.indices.cpu().numpy(),
    )
