"""The unit whose effective field is asked: where it is in its layer's output, and in the picture."""

from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor

from explorer.analysis.receptive_field import LayerField, ReceptiveField
from explorer.errors import ControlError, UnsupportedModel
from explorer.geometry import Box, Cell, Grid, InputPoint, TokenLayout

__all__ = ["Unit", "unit_of"]


@dataclass(frozen=True, eq=False)
class Unit:
    """Where a unit is in its layer's output, and in the picture."""

    cell: Cell
    centre: InputPoint
    box: Box | None
    index: tuple[Any, ...]

    def vector(self, output: Tensor) -> Float[Tensor, "pictures channels"]:
        return output[self.index].flatten(1)


def unit_of(
    name: str,
    output: Tensor,
    at: InputPoint | Cell,
    size: tuple[int, int],
    tokens: TokenLayout | None,
    field: ReceptiveField | None,
) -> Unit:
    """The unit of a layer at a point of the input (the nearest), or the one that a Cell names.

    Raises:
        ControlError: there is no such unit.
        UnsupportedModel: the output has neither rows and columns nor known tokens.
    """
    if tokens is not None and output.dim() == 3 and output.shape[1] in (len(tokens), len(tokens.grid)):
        cell = at if isinstance(at, Cell) else tokens.grid.cell_of(at)
        first = output.shape[1] - len(tokens.grid)
        return Unit(cell, tokens.grid.centre_of(cell), None, (slice(None), first + tokens.grid.index(cell)))
    known = _known_layer(field, name)
    if known is not None and known.spatial:
        cell = at if isinstance(at, Cell) else known.cell_at(at)
        box = known.box(cell, clipped=False)
        place = {"r": cell.row, "c": cell.column}
        index = tuple(place.get(axis, slice(None)) for axis in known.axes)
        return Unit(cell, known.centre(cell), box, index)
    if output.dim() != 4:
        raise UnsupportedModel(
            f"The units of {name} have no place in the picture",
            why=f"its output is {' x '.join(map(str, output.shape))}",
            do="choose an earlier layer",
        )
    grid = Grid(output.shape[2], output.shape[3], *size)
    cell = at if isinstance(at, Cell) else grid.cell_of(at)
    return Unit(cell, grid.centre_of(cell), None, (slice(None), slice(None), cell.row, cell.column))


def _known_layer(field: ReceptiveField | None, name: str) -> LayerField | None:
    if field is None:
        return None
    try:
        return field.parts.get(name) or field.layer(name)
    except ControlError:
        return None
