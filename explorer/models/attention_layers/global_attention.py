"""Multi-head self-attention among all cells, without positions."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from explorer.models.attention_layers.layer import (
    SpatialLayer,
    as_cells,
    as_picture,
    checked_heads,
    pointwise,
)

__all__ = ["GlobalAttention"]


class GlobalAttention(SpatialLayer):
    """softmax(Q Kᵀ / √d) V for each head, joined by a matrix (Vaswani et al. 2017, eq. 1 and section 3.2.2).

    `fused` computes the same with PyTorch's scaled_dot_product_attention, which need not keep the N² weights.
    """

    scales = True

    def __init__(self, features: int, heads: int, key: int, *, fused: bool = False) -> None:
        super().__init__()
        checked_heads(features, heads)
        self.features, self.heads, self.inner, self.fused = features, heads, heads * key, fused
        self.query, self.key = (pointwise(features, self.inner) for _ in range(2))
        self.value, self.out = (pointwise(features, features) for _ in range(2))

    def weights(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch heads queries keys"]:
        q, k = as_cells(self.query(x), self.heads), as_cells(self.key(x), self.heads)
        return (q / q.shape[-1] ** 0.5 @ k.transpose(2, 3)).softmax(-1)

    def forward(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch features rows columns"]:
        v = as_cells(self.value(x), self.heads)
        if self.fused:
            q, k = as_cells(self.query(x), self.heads), as_cells(self.key(x), self.heads)
            # The kernel that keeps no weights takes only rows that lie together in memory.
            y = scaled_dot_product_attention(q.contiguous(), k.contiguous(), v.contiguous())
        else:
            y = self.weights(x) @ v
        return self.out(as_picture(y, x.shape[2]))

    def flops(self, rows: int, columns: int) -> int:
        """4 N F (D + F) + 2 N² (D + F), with D = heads x key size."""
        cells = rows * columns
        return 2 * cells * (2 * self.features + cells) * (self.inner + self.features)

    def held(self, rows: int, columns: int) -> int:
        """3 N F + 2 N D, and h N² unless fused."""
        cells = rows * columns
        weights_held = 0 if self.fused else self.heads * cells**2
        return cells * (3 * self.features + 2 * self.inner) + weights_held
