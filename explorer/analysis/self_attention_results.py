"""What is read off one attention layer: a query's weights, all steps, one step, and how far a change moves tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.analysis.self_attention import STEPS, SelfAttention, Step

__all__ = ["AllSteps", "OneStep", "QueryWeights", "QueryWeightsByHead", "TokensMoved"]

UNITS = {"products": "q · k", "scaled": "score", "weights": "share of the row"}


@dataclass(frozen=True, eq=False)
class QueryWeights(Result):
    """One query's weights in one head."""

    weights: Float[np.ndarray, " tokens"]
    names: Sequence[str]
    query: int

    @property
    def largest(self) -> str:
        return self.names[int(self.weights.argmax())]

    def arrays(self) -> Arrays:
        return {"weights": (self.weights, UNITS["weights"])}

    def numbers(self) -> Numbers:
        return {
            "largest weight": (float(self.weights.max()), f"on “{self.largest}”"),
            "sum": (float(self.weights.sum()), ""),
        }

    def alt(self) -> str:
        return f"“{self.names[self.query]}” attends most to “{self.largest}”, with a weight of {self.weights.max():.3g}."


@dataclass(frozen=True, eq=False)
class QueryWeightsByHead(Result):
    """One query's weights in every head."""

    weights: Float[np.ndarray, "heads tokens"]
    names: Sequence[str]
    query: int

    @property
    def _largest(self) -> list[str]:
        return [self.names[int(row.argmax())] for row in self.weights]

    def arrays(self) -> Arrays:
        return {"weights": (self.weights, UNITS["weights"])}

    def numbers(self) -> Numbers:
        return {
            f"head {head + 1}": (f"{name} {row.max():.2f}", "")
            for head, (name, row) in enumerate(zip(self._largest, self.weights, strict=True))
        }

    def alt(self) -> str:
        names = ", ".join(f"“{name}”" for name in self._largest)
        return f"{len(self.weights)} heads side by side; “{self.names[self.query]}” attends most to {names}."


@dataclass(frozen=True, eq=False)
class AllSteps(Result):
    """Every tensor between the layer's input and its output, of one head where it has heads."""

    attention: SelfAttention
    head: int

    @property
    def steps(self) -> list[Step]:
        return [self.attention.step(name, self.head) for name in STEPS]

    def arrays(self) -> Arrays:
        return {step.name: (step.values, UNITS.get(step.name, "")) for step in self.steps}

    def numbers(self) -> Numbers:
        return {
            "heads": (self.attention.heads, ""),
            "d": (self.attention.dim, ""),
            "scale": (self.attention.scale, ""),
        }

    def alt(self) -> str:
        shapes = ", ".join(f"{step.name} {' × '.join(map(str, step.values.shape))}" for step in self.steps)
        return f"Ten small heatmaps in the order of the computation: {shapes}."


@dataclass(frozen=True, eq=False)
class OneStep(Result):
    """One of those tensors."""

    step: Step

    def arrays(self) -> Arrays:
        return {self.step.name: (self.step.values, UNITS.get(self.step.name, "1"))}

    def alt(self) -> str:
        rows, columns = self.step.values.shape
        row, column = np.unravel_index(int(self.step.values.argmax()), (rows, columns))
        return (
            f"A heatmap of {rows} rows and {columns} columns, the query's row outlined; the largest value, "
            f"{self.step.values.max():.3g}, is in row {row + 1}, column {column + 1}."
        )


@dataclass(frozen=True, eq=False)
class TokensMoved(Result):
    """How far a change moves each token's output of the layer."""

    attention: SelfAttention
    names: Sequence[str]

    def arrays(self) -> Arrays:
        return {"moved": (self.attention.moved, "share of its length")}

    def numbers(self) -> Numbers:
        return {"without a change": ("nothing moves", "")} if self.attention.change.nothing else {}

    def alt(self) -> str:
        moved = self.attention.moved
        return (
            f"A bar for each of {len(moved)} tokens; the highest, {moved.max():.3g}, is that of "
            f"“{self.names[int(moved.argmax())]}”."
        )
