"""The non-local block: every cell's answer is a weighted sum over all cells, added to what it was."""

from typing import Literal

from jaxtyping import Float
from torch import Tensor

from explorer.models.attention_layers.layer import SpatialLayer, as_cells, as_picture, pointwise

__all__ = ["NonLocal"]


class NonLocal(SpatialLayer):
    """z(i) = W y(i) + x(i), y(i) = 1/C Σ_j f(x(i), x(j)) g(x(j)) (Wang, Girshick, Gupta, He 2018, eqs. 1 and 6).

    `pair` "gaussian": f = exp(θ(x(i))ᵀ φ(x(j))) with C the sum of f, hence a softmax (eq. 3); "dot": f = θᵀφ with
    C = N (eq. 4), whose weights may be negative. One head of `inner` features. W is not begun at zero as in the
    paper, where the block must at first change nothing.
    """

    def __init__(self, features: int, inner: int, *, pair: Literal["gaussian", "dot"] = "gaussian") -> None:
        super().__init__()
        self.features, self.inner, self.pair = features, inner, pair
        self.query, self.key, self.value = (pointwise(features, inner) for _ in range(3))
        self.out = pointwise(inner, features)

    def weights(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch heads queries keys"]:
        """f / C of the sum; the cell that is added is left out."""
        pairs = as_cells(self.query(x), 1) @ as_cells(self.key(x), 1).transpose(2, 3)
        return pairs.softmax(-1) if self.pair == "gaussian" else pairs / pairs.shape[-1]

    def forward(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch features rows columns"]:
        y = self.weights(x) @ as_cells(self.value(x), 1)
        return self.out(as_picture(y, x.shape[2])) + x

    def flops(self, rows: int, columns: int) -> int:
        """8 N F D + 4 N² D, with D inner features."""
        cells = rows * columns
        return 8 * cells * self.features * self.inner + 4 * cells**2 * self.inner

    def held(self, rows: int, columns: int) -> int:
        """2 N F + 3 N D + N²."""
        cells = rows * columns
        return cells * (2 * self.features + 3 * self.inner + cells)
