"""Attention-augmented convolution: some of the features from a convolution, the others from attention."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.models.attention_layers.layer import (
    Shape,
    SpatialLayer,
    as_cells,
    as_picture,
    checked_heads,
    pointwise,
)
from explorer.models.attention_layers.relative import relative_table
from explorer.models.attention_layers.windows import checked_kernel

__all__ = ["AugmentedConvolution"]


class AugmentedConvolution(SpatialLayer):
    """Concat(Conv(x), MHA(x)) (Bello, Zoph, Vaswani, Shlens, Le 2019), half of the features each.

    The logit of key j for query i is q(i)ᵀ (k(j) + r_W(across) + r_H(down)) / √d, with a learnt vector for each
    offset across and for each down, the same for all heads (eqs. 3 and 4). `size` is the largest picture.
    """

    scales = True

    def __init__(self, features: int, heads: int, key: int, kernel: int, *, size: Shape) -> None:
        super().__init__()
        self.attended = features // 2
        checked_heads(features, 2)
        checked_heads(self.attended, heads)
        checked_kernel(kernel)
        self.features, self.heads, self.inner, self.kernel = features, heads, heads * key, kernel
        self.convolution = nn.Conv2d(
            features, features - self.attended, kernel, padding=kernel // 2, bias=False
        )
        self.query, self.key = (pointwise(features, self.inner) for _ in range(2))
        self.value = pointwise(features, self.attended)
        self.out = pointwise(self.attended, self.attended)
        self.down = nn.Parameter(torch.randn(2 * size[0] - 1, key) / key**0.5)
        self.across = nn.Parameter(torch.randn(2 * size[1] - 1, key) / key**0.5)

    def weights(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch heads queries keys"]:
        """Of the attention; the convolution beside it is left out."""
        rows, columns = x.shape[2:]
        q, k = as_cells(self.query(x), self.heads), as_cells(self.key(x), self.heads)
        q = q / q.shape[-1] ** 0.5
        by_place = q.unflatten(2, (rows, columns))
        down = torch.einsum("bhyxd,yzd->bhyxz", by_place, relative_table(self.down, rows))
        across = torch.einsum("bhyxd,xzd->bhyxz", by_place, relative_table(self.across, columns))
        content = (q @ k.transpose(2, 3)).unflatten(3, (rows, columns)).unflatten(2, (rows, columns))
        logits = content + down[..., None] + across[..., None, :]
        return logits.flatten(4).flatten(2, 3).softmax(-1)

    def forward(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch features rows columns"]:
        y = self.weights(x) @ as_cells(self.value(x), self.heads)
        return torch.cat([self.convolution(x), self.out(as_picture(y, x.shape[2]))], 1)

    def flops(self, rows: int, columns: int) -> int:
        """Convolution, projections, 2 N² (D + F/2) for the pairs, 2 N D (H + W) for the offsets."""
        cells, made = rows * columns, self.attended
        convolution = 2 * cells * self.convolution.weight.numel()
        projections = 2 * cells * (2 * self.features * self.inner + self.features * made + made**2)
        return (
            convolution
            + projections
            + 2 * cells**2 * (self.inner + made)
            + 2 * cells * self.inner * (rows + columns)
        )

    def held(self, rows: int, columns: int) -> int:
        """2 N F + 2 N D + N F/2 + h N²."""
        cells = rows * columns
        return cells * (2 * self.features + 2 * self.inner + self.attended) + self.heads * cells**2
