"""A learnt vector for each offset along an axis."""

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import ControlError

__all__ = ["relative_table"]


def relative_table(table: Float[Tensor, "offsets size"], length: int) -> Float[Tensor, "queries keys size"]:
    """The vector of key - query for each pair of places along an axis; the middle of the table is offset 0.

    Raises:
        ControlError: the axis is longer than the table was made for.
    """
    longest = (len(table) + 1) // 2
    if length > longest:
        raise ControlError(
            f"The picture is {length} cells long", why=f"the layer was made for {longest} at most"
        )
    places = torch.arange(length, device=table.device)
    return table[places - places[:, None] + longest - 1]
