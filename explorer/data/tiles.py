"""Pictures whose parts are in the wrong place, or not there."""

from collections.abc import Iterator

import torch
from jaxtyping import Shaped
from torch import Tensor

from explorer.errors import ControlError
from explorer.geometry import Cell

__all__ = ["occluded", "scrambled", "swapped"]

Pictures = Shaped[Tensor, "batch channels height width"]


def _tiles(x: Tensor, k: int) -> tuple[int, int]:
    """Height and width of a tile; what does not fit into k of them stays at the right and lower edge."""
    if not 1 <= k <= min(x.shape[-2:]):
        raise ControlError(
            f"A picture cannot be cut into {k} x {k}", why=f"it has {x.shape[-2]} x {x.shape[-1]} pixels"
        )
    return x.shape[-2] // k, x.shape[-1] // k


def scrambled(x: Pictures, k: int, *, seed: int = 0, first: int = 0) -> Pictures:
    """Cut into k x k tiles, which change places at random: every picture by an order of its own. `first` is the place of
    the first picture where these are some of many, whose orders are those of all together.

    Raises:
        ControlError: the picture has fewer pixels than tiles.
    """
    down, right = _tiles(x, k)
    out = x.clone()
    for at, order in enumerate(_orders(k, seed, first, len(x))):
        for to, source in enumerate(order):
            out[at][_at(to, k, down, right)] = x[at][_at(source, k, down, right)]
    return out


def occluded(
    x: Pictures, k: int, share: float, *, fill: Shaped[Tensor, " channels"], seed: int = 0, first: int = 0
) -> Pictures:
    """Of k x k tiles that share, to the nearest tile, filled with one colour: other tiles in every picture. `first` as
    of `scrambled`.

    A larger share blanks what a smaller one does and more.

    Raises:
        ControlError: the picture has fewer pixels than tiles, or the share is not from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ControlError(f"The share of blank tiles cannot be {share:g}", why="it goes from 0 to 1")
    down, right = _tiles(x, k)
    out, colour = x.clone(), fill.to(x.device, x.dtype)[:, None, None]
    for at, order in enumerate(_orders(k, seed, first, len(x))):
        for tile in order[: round(share * k * k)]:
            out[at][_at(tile, k, down, right)] = colour
    return out


def swapped(x: Pictures, first: Cell, second: Cell, *, grid: int, side: int) -> Pictures:
    """Two squares of side x side cells change places; a cell is one of grid x grid. Each square is named by its
    upper left cell and kept inside the picture. Where they overlap, the second square is what is seen.

    Raises:
        ControlError: the grid has fewer cells than the squares' side.
    """
    down, right = _tiles(x, grid)
    if not 1 <= side <= grid:
        raise ControlError(f"A region cannot have {side} cells", why=f"the picture has {grid} a side")

    def square(cell: Cell) -> tuple[slice | type(Ellipsis), slice, slice]:  # type: ignore[valid-type]
        top, left = (min(max(at, 0), grid - side) for at in (cell.row, cell.column))
        return ..., slice(top * down, (top + side) * down), slice(left * right, (left + side) * right)

    out = x.clone()
    out[square(first)] = x[square(second)]
    out[square(second)] = x[square(first)]
    return out


def _orders(k: int, seed: int, first: int, count: int) -> Iterator[list[int]]:
    """Random orders of k x k tiles, from the `first` of one sequence."""
    generator = torch.Generator().manual_seed(seed)
    for at in range(first + count):
        order = torch.randperm(k * k, generator=generator)
        if at >= first:
            yield order.tolist()


def _at(tile: int, k: int, down: int, right: int) -> tuple[slice, slice, slice]:
    row, column = divmod(tile, k)
    return slice(None), slice(row * down, (row + 1) * down), slice(column * right, (column + 1) * right)
