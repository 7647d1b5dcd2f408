"""The catalogue of experiments: one claim each, and the function that measures its number.

A module's `measure(**options)` returns a mapping of values; its keyword arguments are the options of
`explorer measure NAME`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from explorer.errors import ControlError

__all__ = ["EXPERIMENTS", "Experiment", "experiment"]


@dataclass(frozen=True)
class Experiment:
    """A claim and how it is measured."""

    name: str
    claim: str
    unit: str

    @property
    def measure(self) -> Callable[..., Mapping[str, Any]]:
        """The measuring function; its module is imported now and not before."""
        return import_module(f"explorer.experiments.{self.name.replace('-', '_')}").measure


EXPERIMENTS: Mapping[str, Experiment] = {
    entry.name: entry
    for entry in (
        Experiment("accuracy", "Top-1 accuracy of the shipped models", "share of test pictures"),
        Experiment(
            "self-attention",
            "Self-attention projects, scores, weighs and sums; what is drawn is what the model computed",
            "largest difference",
        ),
        Experiment("reference", "“They” attends to what it refers to", "share of held-out sentences"),
        Experiment(
            "long-range",
            "RNNs forget, CNNs reach as far as their field, attention reaches everywhere in one step",
            "share of sequences recalled",
        ),
        Experiment(
            "recall-answers",
            "Recall by distance: the answers for every value of the page's slider",
            "share of sequences recalled",
        ),
        Experiment(
            "scenes-answers",
            "DETR over many scenes: the answers for every value of the page's slider",
            "queries",
        ),
        Experiment("positions", "Transformers need a positional encoding", "share of test pictures"),
        Experiment(
            "positions-answers",
            "Transformers need a positional encoding: the answers for every value of the page's sliders",
            "share of test pictures",
        ),
        Experiment(
            "attention-cost",
            "An attention layer relates all pairs of cells; this is expensive at high resolution",
            "exponent against the number of cells",
        ),
        Experiment(
            "receptive-field",
            "A CNN's receptive field grows with kernel size, depth, stride and dilation",
            "input pixels",
        ),
        Experiment(
            "effective-field",
            "Only a fraction of the receptive field is used, and it grows like the square root of depth",
            "effective radius / theoretical radius",
        ),
        Experiment("field-vs-attention", "One attention layer reaches the whole image", "input pixels"),
        Experiment(
            "equivariance",
            "Weight sharing gives translation equivariance; attention without positions permutation equivariance",
            "relative error",
        ),
        Experiment(
            "scramble",
            "Convolution is local and lacks global understanding",
            "share of test pictures",
        ),
        Experiment(
            "attention-stage", "Attention raises accuracy most in late stages", "share of test pictures"
        ),
        Experiment("hybrid", "A hybrid uses CNN features as patches", "share of test pictures"),
        Experiment("agreement", "A distilled model agrees with its teacher", "share of test pictures"),
        Experiment("rollout", "Attention rollout follows attention through depth", "1"),
        Experiment(
            "faithfulness",
            "Deletion and insertion measure how faithful attribution maps are",
            "area under the curve",
        ),
        Experiment(
            "detection", "DETR turns features into a set of objects, in parallel", "photograph pixels"
        ),
        Experiment("assignment", "Object queries are assigned one to one", "average precision"),
        Experiment(
            "object-limit",
            "DETR finds no more objects than it has queries, and does better on large ones",
            "share of the objects found",
        ),
        Experiment(
            "generation",
            "The Image Transformer generates an image one value at a time",
            "bits per dimension",
        ),
        Experiment(
            "generation-speed", "Training is parallel, generation is sequential", "milliseconds a value"
        ),
        Experiment(
            "super-resolution",
            "The Image Transformer completes images and does super-resolution",
            "bits per dimension",
        ),
    )
}


def experiment(name: str) -> Experiment:
    """The experiment of that name.

    Raises:
        ControlError: there is none.
    """
    if name not in EXPERIMENTS:
        raise ControlError(
            f"There is no experiment called {name!r}", do=f"choose among {', '.join(EXPERIMENTS)}"
        )
    return EXPERIMENTS[name]
