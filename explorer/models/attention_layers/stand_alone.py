"""Stand-alone attention: a cell attends to the k x k cells around it, in the place of a convolution."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.errors import ControlError
from explorer.models.attention_layers.layer import (
    SpatialLayer,
    as_cells,
    as_picture,
    checked_heads,
    pointwise,
)
from explorer.models.attention_layers.windows import checked_kernel, inside, spread, windows

__all__ = ["StandAlone"]


class StandAlone(SpatialLayer):
    """y(i) = Σ_a softmax_a(q(i)ᵀ k(i+a) + q(i)ᵀ r(a)) v(i+a) over a k x k window (Ramachandran et al. 2019, eqs. 2 and 3).

    r(a) is a vector for the offset down beside one for the offset across, of half the key size each. Cells outside
    the picture get no weight.
    """

    def __init__(self, features: int, heads: int, key: int, kernel: int) -> None:
        super().__init__()
        checked_heads(features, heads)
        checked_kernel(kernel)
        if key % 2:
            raise ControlError(f"A key of {key} cannot be halved for down and across")
        self.features, self.heads, self.inner, self.kernel = features, heads, heads * key, kernel
        self.query, self.key = (pointwise(features, self.inner) for _ in range(2))
        self.value = pointwise(features, features)
        self.down, self.across = (nn.Parameter(torch.randn(kernel, key // 2) / key**0.5) for _ in range(2))

    def window_weights(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch heads cells window"]:
        """The weights of each cell's window, in row-major order."""
        rows, columns = x.shape[2:]
        q = as_cells(self.query(x), self.heads)
        k = windows(self.key(x), self.kernel, self.heads)
        down = self.down[:, None].expand(-1, self.kernel, -1)
        across = self.across.expand(self.kernel, -1, -1)
        offsets = torch.cat([down, across], -1).flatten(0, 1)  # k², d
        logits = torch.einsum("bhnd,bhnwd->bhnw", q, k) + q @ offsets.T
        return logits.masked_fill(~inside(rows, columns, self.kernel, x.device), -torch.inf).softmax(-1)

    def weights(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch heads queries keys"]:
        return spread(self.window_weights(x), x.shape[2], x.shape[3], self.kernel)

    def forward(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch features rows columns"]:
        v = windows(self.value(x), self.kernel, self.heads)
        y = torch.einsum("bhnw,bhnwe->bhne", self.window_weights(x), v)
        return as_picture(y, x.shape[2])

    def flops(self, rows: int, columns: int) -> int:
        """2 N F (2 D + F) + 2 N k² (2 D + F)."""
        return 2 * rows * columns * (self.features + self.kernel**2) * (2 * self.inner + self.features)

    def held(self, rows: int, columns: int) -> int:
        """3 N F + 2 N D, the windows N k² (D + F), and h N k²."""
        window = self.kernel**2 * (self.inner + self.features + self.heads)
        return rows * columns * (3 * self.features + 2 * self.inner + window)
