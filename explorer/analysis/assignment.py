"""Which query answers for which object: DETR's one-to-one assignment, term by term.

Carion et al. 2020, equations 1 and 2. All boxes are centre column, centre row, width, height, as shares of
the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torchvision.ops import box_convert, generalized_box_iou

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.analysis.true_objects import TrueObjects
from explorer.errors import ControlError

__all__ = [
    "Assignment",
    "CostWeights",
    "LossByPair",
    "PairLoss",
    "assign",
]

NO_OBJECT_WEIGHT = 0.1
"""What a query that shall say "no object" counts in the class term of the loss (section 4)."""
L1_LOSS, GIOU_LOSS = 5.0, 2.0


@dataclass(frozen=True)
class CostWeights:
    """How much each term counts in the matching; the defaults are the paper's."""

    class_cost: float | int = 1.0
    l1: float | int = 5.0
    giou: float | int = 2.0

    def __post_init__(self) -> None:
        values = (self.class_cost, self.l1, self.giou)
        if not all(np.isfinite(values)) or min(values) < 0:
            raise ControlError(
                "The weights of the matching cannot be used",
                why=f"they are {values}",
                do="choose them from 0 up",
            )


@dataclass(frozen=True)
class PairLoss:
    """What one assigned pair adds to the training's loss (of one decoder layer)."""

    query: int
    object: int
    class_cost: float
    l1: float
    giou: float

    @property
    def total(self) -> float:
        return self.class_cost + self.l1 + self.giou


@dataclass(frozen=True, eq=False)
class Assignment(Result):
    """The costs of all pairs and the cheapest assignment."""

    class_cost: Float[np.ndarray, "queries objects"]
    """Minus the probability of the object's class."""
    l1: Float[np.ndarray, "queries objects"]
    """Sum of the four differences of the boxes."""
    giou: Float[np.ndarray, "queries objects"]
    """Minus the generalised intersection over union."""
    weights: CostWeights
    pairs: tuple[tuple[int, int], ...]
    """(query, object), by query."""
    free_queries: tuple[int, ...]
    """Queries that shall say "no object"."""
    missed_objects: tuple[int, ...]
    """Objects without a query: there are more objects than queries."""
    removed_queries: tuple[int, ...]
    removed_objects: tuple[int, ...]
    losses: tuple[PairLoss, ...]
    no_object_loss: Float[np.ndarray, " queries"]
    """What each free query adds to the loss; 0 for the others."""
    classes: tuple[str, ...]
    names: tuple[str, ...]
    """Of the objects."""

    @property
    def cost(self) -> Float[np.ndarray, "queries objects"]:
        """The weighted sum of the three parts."""
        return (
            self.weights.class_cost * self.class_cost
            + self.weights.l1 * self.l1
            + self.weights.giou * self.giou
        )

    @property
    def total(self) -> float:
        """The cost of the assignment: no other one-to-one assignment is cheaper."""
        return float(sum(self.cost[pair] for pair in self.pairs))

    @property
    def loss(self) -> float:
        """The training's loss of this picture and decoder layer."""
        return float(sum(pair.total for pair in self.losses) + self.no_object_loss.sum())

    @property
    def sentence(self) -> str:
        """The assignment in words."""
        if not self.names or len(self.removed_objects) == len(self.names):
            return "There is no object to be found, so every query should say “no object”."
        pairs, free = len(self.pairs), len(self.free_queries)
        has = "object has a query of its own" if pairs == 1 else "objects have a query of their own"
        query = "query" if free == 1 else "queries"
        sentence = f"{pairs} {has}, {free} {query} should say “no object”."
        if self.missed_objects:
            missed = len(self.missed_objects)
            sentence += (
                f" {missed} {'object has' if missed == 1 else 'objects have'} none: there are more objects than queries,"
                " and a query answers for one object only."
            )
        return sentence

    @property
    def matrices(self) -> dict[str, np.ndarray]:
        """The cost and its parts, by name."""
        return {"cost": self.cost, "class": self.class_cost, "L1": self.l1, "GIoU": self.giou}

    def pair_arrays(self) -> Arrays:
        """The pairs; nothing where there is none."""
        if not self.pairs:
            return {}
        return {
            "pair query": (np.array([query for query, _ in self.pairs]), ""),
            "pair object": (np.array([thing for _, thing in self.pairs]), ""),
            "pair cost": (np.array([self.cost[pair] for pair in self.pairs]), ""),
        }

    def arrays(self) -> Arrays:
        return {
            "query": (np.arange(len(self.cost)), ""),
            **{name: (values, "1") for name, values in self.matrices.items() if values.size},
            **self.pair_arrays(),
        }

    def numbers(self) -> Numbers:
        return {
            "cost of the assignment": (self.total, ""),
            "pairs": (len(self.pairs), ""),
            "queries for “no object”": (len(self.free_queries), ""),
        }

    def alt(self) -> str:
        sentence = (
            "A matrix of queries by objects; darker is cheaper, and the cells of the assignment are outlined"
        )
        if not self.pairs:
            return f"{sentence}; there is none."
        query, thing = min(self.pairs, key=lambda pair: float(self.cost[pair]))
        return f"{sentence}; the cheapest, {self.cost[query, thing]:.3g}, is query {query} for {self.names[thing]}."

    @property
    def loss_by_pair(self) -> "LossByPair":
        """What each pair and each free query adds to the loss."""
        return LossByPair(self)


@dataclass(frozen=True, eq=False)
class LossByPair(Result):
    """What each assigned pair, and each query that should say "no object", adds to the loss."""

    assignment: Assignment

    def arrays(self) -> Arrays:
        losses = self.assignment.losses
        names = {"query": "query", "object": "object", "class": "class_cost", "L1": "l1", "GIoU": "giou"}
        return {
            "no object": (self.assignment.no_object_loss, "contribution to the loss"),
            **{
                f"pair {name}": (np.array([getattr(pair, field) for pair in losses]), "")
                for name, field in names.items()
                if losses
            },
        }

    def numbers(self) -> Numbers:
        return {
            "loss": (self.assignment.loss, ""),
            "of it, pairs": (float(sum(pair.total for pair in self.assignment.losses)), ""),
            "of it, “no object”": (float(self.assignment.no_object_loss.sum()), ""),
        }

    def alt(self) -> str:
        sentence = "Stacked bars, one for each pair and each free query: class, L1 and GIoU"
        if not self.assignment.losses:
            return f"{sentence}; there is no pair."
        most = max(self.assignment.losses, key=lambda pair: pair.total)
        return f"{sentence}; the longest, {most.total:.3g}, is query {most.query} for {self.assignment.names[most.object]}."


def assign(
    probs: Float[np.ndarray, "queries outputs"],
    boxes_cxcywh: Float[np.ndarray, "queries 4"],
    truth: TrueObjects,
    *,
    classes: tuple[str, ...],
    weights: CostWeights | None = None,
    without_queries: Sequence[int] = (),
    without_objects: Sequence[int] = (),
) -> Assignment:
    """Assign each object a query of its own, as cheaply as possible over all objects together.

    `probs` are the queries' probabilities, "no object" last, and `boxes_cxcywh` their boxes: of `Predictions`.
    `without_queries` and `without_objects` are left out of the matching and of the loss.

    Raises:
        ControlError: there is no such query or object to leave out.
    """
    weights = weights or CostWeights()
    probs, boxes_cxcywh = probs.astype(np.float64), boxes_cxcywh.astype(np.float64)
    queries = _kept(len(probs), without_queries, "query")
    objects = _kept(len(truth), without_objects, "object")
    class_cost = -probs[:, truth.labels]
    l1 = np.abs(boxes_cxcywh[:, None] - truth.boxes_cxcywh[None]).sum(-1)
    giou = -generalized_box_iou(_corners(boxes_cxcywh), _corners(truth.boxes_cxcywh)).numpy()
    cost = weights.class_cost * class_cost + weights.l1 * l1 + weights.giou * giou
    rows, columns = linear_sum_assignment(cost[np.ix_(queries, objects)])
    pairs = tuple(
        (int(queries[row]), int(objects[column])) for row, column in zip(rows, columns, strict=True)
    )
    taken, matched = {query for query, _ in pairs}, {truth_ for _, truth_ in pairs}
    free = tuple(int(query) for query in queries if int(query) not in taken)
    missed = tuple(int(thing) for thing in objects if int(thing) not in matched)
    # The class term is a weighted mean over the queries, the others are sums over the objects' number.
    mean, number = max(len(pairs) + NO_OBJECT_WEIGHT * len(free), 1e-12), max(1, len(objects))
    surprise = -np.log(np.maximum(probs, 1e-300))
    losses = tuple(
        PairLoss(
            query,
            thing,
            float(surprise[query, truth.labels[thing]]) / mean,
            L1_LOSS * float(l1[query, thing]) / number,
            GIOU_LOSS * (1 + float(giou[query, thing])) / number,
        )
        for query, thing in pairs
    )
    no_object = np.zeros(len(probs))
    no_object[list(free)] = NO_OBJECT_WEIGHT * surprise[list(free), -1] / mean
    return Assignment(
        class_cost=class_cost,
        l1=l1,
        giou=giou,
        weights=weights,
        pairs=pairs,
        free_queries=free,
        missed_objects=missed,
        removed_queries=tuple(sorted(set(without_queries))),
        removed_objects=tuple(sorted(set(without_objects))),
        losses=losses,
        no_object_loss=no_object,
        classes=classes,
        names=truth.names,
    )


def _corners(boxes_cxcywh: np.ndarray) -> Tensor:
    return box_convert(torch.from_numpy(boxes_cxcywh), "cxcywh", "xyxy")


def _kept(count: int, without: Sequence[int], what: str) -> np.ndarray:
    for index in without:
        if not 0 <= index < count:
            raise ControlError(f"There is no {what} {index} to leave out", why=f"there are {count}")
    return np.setdiff1d(np.arange(count), np.array(list(without), int))
