"""What all the layers have in common."""

from jaxtyping import Float
from torch import Tensor, nn

from explorer.errors import ControlError

__all__ = ["Shape", "SpatialLayer", "as_cells", "as_picture", "checked_heads", "pointwise"]

Shape = tuple[int, int]
"""Rows, columns."""


class SpatialLayer(nn.Module):
    """A layer from B x F x H x W to the same shape, for any H and W up to its `size` where it has one."""

    scales = False
    """Whether the scores are divided by the square root of the key size."""

    def weights(
        self, x: Float[Tensor, "batch features rows columns"]
    ) -> Float[Tensor, "batch heads queries keys"]:
        """What each cell, in row-major order, gives every other: all N² of them, to be looked at on small grids.

        The forward pass does not use this.
        """
        raise NotImplementedError

    def flops(self, rows: int, columns: int) -> int:
        """Floating point operations of the matrix products and convolutions for one picture; a multiplication and
        an addition are two."""
        raise NotImplementedError

    def held(self, rows: int, columns: int) -> int:
        """Numbers held for one picture: features in and out, projections and weights, each once."""
        raise NotImplementedError


def pointwise(given: int, made: int) -> nn.Conv2d:
    """The same matrix for every cell."""
    return nn.Conv2d(given, made, 1, bias=False)


def as_cells(
    x: Float[Tensor, "batch width rows columns"], heads: int
) -> Float[Tensor, "batch heads cells size"]:
    """One row a cell, the features dealt out to the heads."""
    return x.unflatten(1, (heads, -1)).flatten(3).transpose(2, 3)


def as_picture(
    x: Float[Tensor, "batch heads cells size"], rows: int
) -> Float[Tensor, "batch width rows columns"]:
    """The inverse: the heads beside each other."""
    return x.transpose(2, 3).flatten(1, 2).unflatten(2, (rows, -1))


def checked_heads(features: int, heads: int) -> None:
    """Raises ControlError where the features cannot be dealt out evenly."""
    if features % heads:
        raise ControlError(f"{features} features cannot be dealt out to {heads} heads evenly")
