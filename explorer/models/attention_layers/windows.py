"""Windows of k x k cells around every cell, without ever pairing all cells with all."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import unfold

from explorer.errors import ControlError

__all__ = ["checked_kernel", "inside", "spread", "windows"]


def windows(
    x: Float[Tensor, "batch width rows columns"], kernel: int, heads: int
) -> Float[Tensor, "batch heads cells window size"]:
    """The features around each cell; zeros outside the picture. N k² numbers for each feature."""
    unfolded = unfold(x, kernel, padding=kernel // 2)  # batch, width k², cells
    return unfolded.unflatten(1, (heads, -1, kernel**2)).permute(0, 1, 4, 3, 2)


def inside(rows: int, columns: int, kernel: int, device: torch.device) -> Bool[Tensor, "cells window"]:
    """Which places of each cell's window lie in the picture."""
    return _neighbours(rows, columns, kernel, device) >= 0


def spread(
    weights: Float[Tensor, "batch heads cells window"], rows: int, columns: int, kernel: int
) -> Float[Tensor, "batch heads queries keys"]:
    """Each window's weights where they lie in the picture: N² numbers, to be looked at."""
    cells = rows * columns
    neighbours = _neighbours(rows, columns, kernel, weights.device)
    index = torch.where(neighbours < 0, cells, neighbours).expand_as(weights)
    dense = weights.new_zeros(*weights.shape[:3], cells + 1)
    return dense.scatter(-1, index, weights)[..., :cells]


def _neighbours(rows: int, columns: int, kernel: int, device: torch.device) -> Int[Tensor, "cells window"]:
    """The cells of each cell's window; -1 outside the picture."""
    numbers = torch.arange(1.0, rows * columns + 1, dtype=torch.float64, device=device).view(
        1, 1, rows, columns
    )
    return unfold(numbers, kernel, padding=kernel // 2)[0].T.long() - 1


def checked_kernel(kernel: int) -> None:
    """Raises ControlError where a window has no middle."""
    if kernel < 1 or kernel % 2 == 0:
        raise ControlError(
            f"A window cannot be {kernel} cells wide", why="it needs a middle", do="take an odd number"
        )
