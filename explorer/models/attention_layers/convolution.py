"""Convolution: the same weights at the same offsets, whatever the cells hold."""

from jaxtyping import Float
from torch import Tensor, nn

from explorer.models.attention_layers.layer import SpatialLayer
from explorer.models.attention_layers.windows import checked_kernel, inside, spread

__all__ = ["Convolution", "DepthwiseConvolution"]


class Convolution(SpatialLayer):
    """y(i) = Σ over offsets a in a k x k window of W(a) x(i + a), with zeros outside (LeCun et al. 1989)."""

    def __init__(self, features: int, kernel: int, *, groups: int = 1) -> None:
        super().__init__()
        checked_kernel(kernel)
        self.features, self.kernel = features, kernel
        self.convolution = nn.Conv2d(
            features, features, kernel, padding=kernel // 2, groups=groups, bias=False
        )

    def forward(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch features rows columns"]:
        return self.convolution(x)

    def weights(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch heads queries keys"]:
        """The norm of W at each offset, as shares of what lies in the picture: the same for every picture."""
        rows, columns = x.shape[2:]
        norms = self.convolution.weight.square().sum((0, 1)).sqrt().flatten()
        shares = norms * inside(rows, columns, self.kernel, x.device)
        shares = (shares / shares.sum(-1, keepdim=True)).expand(len(x), 1, -1, -1)
        return spread(shares, rows, columns, self.kernel)

    def flops(self, rows: int, columns: int) -> int:
        """2 N k² F²."""
        return 2 * rows * columns * self.convolution.weight.numel()

    def held(self, rows: int, columns: int) -> int:
        """2 N F."""
        return 2 * rows * columns * self.features


class DepthwiseConvolution(Convolution):
    """Convolution that keeps the features apart: W(a) is diagonal (Howard et al. 2017, eq. 3). 2 N k² F operations."""

    def __init__(self, features: int, kernel: int) -> None:
        super().__init__(features, kernel, groups=features)
