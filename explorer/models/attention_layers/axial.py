"""Axial attention: along the columns of the picture, then along its rows."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.models.attention_layers.layer import Shape, SpatialLayer, checked_heads, pointwise
from explorer.models.attention_layers.relative import relative_table

__all__ = ["AxialAttention", "AxisAttention"]


class AxisAttention(nn.Module):
    """Position-sensitive attention along the last axis (Wang et al. 2020, "Axial-DeepLab", eq. 4).

    y(o) = Σ_p softmax_p(q(o)ᵀ k(p) + q(o)ᵀ r_q(p - o) + k(p)ᵀ r_k(p - o)) (v(p) + r_v(p - o)), with a learnt vector
    for each offset in queries, keys and values, the same for all heads.
    """

    def __init__(self, features: int, heads: int, key: int, *, longest: int) -> None:
        super().__init__()
        checked_heads(features, heads)
        self.features, self.heads, self.inner = features, heads, heads * key
        self.query, self.key = (pointwise(features, self.inner) for _ in range(2))
        self.value = pointwise(features, features)
        sizes = (key, key, features // heads)
        self.of_queries, self.of_keys, self.of_values = (
            nn.Parameter(torch.randn(2 * longest - 1, size) / size**0.5) for size in sizes
        )

    def weights(
        self, x: Float[Tensor, "batch features lines places"]
    ) -> Float[Tensor, "batch heads lines queries keys"]:
        """Among the places of each line."""
        q, k = self._dealt(self.query(x)), self._dealt(self.key(x))
        length = x.shape[3]
        logits = (
            torch.einsum("bhlod,bhlpd->bhlop", q, k)
            + torch.einsum("bhlod,opd->bhlop", q, relative_table(self.of_queries, length))
            + torch.einsum("bhlpd,opd->bhlop", k, relative_table(self.of_keys, length))
        )
        return logits.softmax(-1)

    def forward(
        self, x: Float[Tensor, "batch features lines places"]
    ) -> Float[Tensor, "batch features lines places"]:
        weights, v = self.weights(x), self._dealt(self.value(x))
        offsets = relative_table(self.of_values, x.shape[3])
        y = torch.einsum("bhlop,bhlpe->bhloe", weights, v) + torch.einsum(
            "bhlop,ope->bhloe", weights, offsets
        )
        return y.permute(0, 1, 4, 2, 3).flatten(1, 2)

    def _dealt(
        self, x: Float[Tensor, "batch width lines places"]
    ) -> Float[Tensor, "batch heads lines places size"]:
        return x.unflatten(1, (self.heads, -1)).permute(0, 1, 3, 4, 2)


class AxialAttention(SpatialLayer):
    """Attention along the height, then along the width (Ho et al. 2019; Wang et al. 2020): a cell reaches its row
    by the second and, through the cells of that row, everything by the first. `size` is the largest picture."""

    def __init__(self, features: int, heads: int, key: int, *, size: Shape) -> None:
        super().__init__()
        self.height = AxisAttention(features, heads, key, longest=size[0])
        self.width = AxisAttention(features, heads, key, longest=size[1])

    def forward(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch features rows columns"]:
        return self.width(self._along_height(x))

    def weights(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch heads queries keys"]:
        """What reaches (y, x) from (v, u): along the width from (y, u), times along the height from (v, u) to there.

        Both are means over the heads, since each head of the second pass reads all of the first.
        """
        height = self.height.weights(x.transpose(2, 3)).mean(1)  # b, u, y, v
        width = self.width.weights(self._along_height(x)).mean(1)  # b, y, x, u
        return torch.einsum("byxu,buyv->byxvu", width, height).flatten(3).flatten(1, 2)[:, None]

    def _along_height(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch features rows columns"]:
        return self.height(x.transpose(2, 3)).transpose(2, 3)

    def flops(self, rows: int, columns: int) -> int:
        """4 N F (2 D + F) + 2 N (H + W) (3 D + 2 F)."""
        features, inner = self.width.features, self.width.inner
        projections = 4 * features * (2 * inner + features)
        return rows * columns * (projections + 2 * (rows + columns) * (3 * inner + 2 * features))

    def held(self, rows: int, columns: int) -> int:
        """3 N F + 2 N D + h N max(H, W): the passes follow each other."""
        layer = self.width
        return rows * columns * (3 * layer.features + 2 * layer.inner + layer.heads * max(rows, columns))
