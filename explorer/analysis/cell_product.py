"""One number of a step, taken apart: the two vectors whose product it is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import nn

from explorer.analysis.attention_parts import projections_of
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.analysis.self_attention import SelfAttention
from explorer.errors import AnalysisError, ControlError

__all__ = ["CellProduct", "cell_product"]

TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class CellProduct(Result):
    """left · right + bias is `product`; a score is scaled after it, and a weight is the softmax of the scores."""

    left: Float[np.ndarray, " n"]
    right: Float[np.ndarray, " n"]
    left_name: str
    """In the formula's letters: "q", "x", "weights"."""
    right_name: str
    of_tokens: tuple[int | None, int | None]
    """The token that each vector belongs to; None where it belongs to none."""
    bias: float
    product: float
    cell: float
    """The number that stands in the step."""

    @property
    def terms(self) -> Float[np.ndarray, " n"]:
        return self.left * self.right

    def arrays(self) -> Arrays:
        return {"left": (self.left, ""), "right": (self.right, ""), "product": (self.terms, "")}

    def numbers(self) -> Numbers:
        numbers: Numbers = {"sum of the products": (float(self.terms.sum()), "")}
        if self.bias:
            numbers["with the bias"] = (self.product, "")
        return numbers

    def alt(self) -> str:
        at = int(np.abs(self.terms).argmax())
        return (
            f"Bars of {len(self.left)} numbers of {self.left_name}, of {self.right_name}, and of their products, whose sum "
            f"is {self.terms.sum():.4g}; the largest, {self.terms[at]:.3g}, is the product of number {at + 1}."
        )


def cell_product(
    attention: SelfAttention, module: nn.Module, step: str, *, head: int, row: int, column: int
) -> CellProduct:
    """The cell of that step, token and column, all from 0.

    Raises:
        ControlError: there is no such step, head or cell.
        AnalysisError: the cell is no product of two vectors.
    """
    values = attention.step(step, head).values
    if not (0 <= row < values.shape[0] and 0 <= column < values.shape[1]):
        raise ControlError(f"There is no cell {row}, {column}", why=f"the step is {values.shape}")
    cell = float(values[row, column])
    if step in ("products", "scaled", "weights"):
        query, key, product = attention.product_of(row, column, head)
        return CellProduct(query, key, "q", "k", (row, column), 0.0, product, cell)
    if step in ("weighted", "joined"):
        inner = attention.weighted.shape[-1]
        head, column = (head, column) if step == "weighted" else divmod(column, inner)
        seen = attention.values[head, :, column] * (head not in attention.change.heads)
        return CellProduct(
            attention.weights[head, row],
            seen,
            "weights",
            f"v, column {column + 1}",
            (row, None),
            0.0,
            cell,
            cell,
        )
    if step == "embeddings":
        raise AnalysisError("Embeddings are no product of this layer", why="they are what the layer is given")
    projections = projections_of(module, attention.layer)
    if step not in projections:
        raise AnalysisError(
            "This layer's projection is no plain matrix, so that a cell is no product of two vectors"
        )
    matrix, offset = projections[step]
    at = column if step == "output" else head * values.shape[1] + column
    left, name = (attention.joined[row], "heads") if step == "output" else (attention.embeddings[row], "x")
    right = matrix[at].detach().cpu().numpy()
    bias = 0.0 if offset is None else float(offset[at].detach())
    product = float(left @ right) + bias
    if abs(product - cell) > TOLERANCE * max(1.0, abs(cell)):
        raise AnalysisError(
            "This cell is more than a product of two vectors",
            why="the layer normalises or turns what it has projected",
        )
    letter = {"queries": "q", "keys": "k", "values": "v", "output": "o"}[step]
    return CellProduct(left, right, name, f"W{letter}, column {at + 1}", (row, None), bias, product, cell)
