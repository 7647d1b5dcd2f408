"""The receptive field of every layer of a network."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from explorer.analysis.receptive_field.reach import Reach
from explorer.analysis.receptive_field.steps import Step
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError, ControlError
from explorer.geometry import Box, Cell, InputPoint

__all__ = ["LayerField", "LayerTable", "ReceptiveField"]

Pair = tuple[float, float]


@dataclass(frozen=True, eq=False)
class LayerField(Result):
    """What the units of one layer see of a picture of `input_size`. Pairs are (rows, columns), in input
    pixels."""

    name: str
    kind: str
    size: tuple[int, int]
    """The side of a unit's field where no edge cuts it; of the whole picture once rows or columns are summed
    up."""
    jump: Pair
    """From one unit to the next; 0 where there is only one."""
    start: Pair
    """Centre of the first unit's field; the first pixel covers 0 … 1, so its centre is 0.5."""
    padding: Pair
    """How far the first unit's field reaches over the picture's edge; negative if it begins inside."""
    output_shape: tuple[int, ...]
    axes: tuple[str, ...]
    """Of the output's dimensions: "r" rows, "c" columns, "" others."""
    parameters: int
    flops: int
    """Of convolutions and matrix products for one picture; a multiplication and its addition are two."""
    global_operations: tuple[str, ...]
    """Operations up to here that carry something from the whole picture everywhere, such as squeeze-
    excitation: the field is what is seen without them."""
    spatial: bool
    """Whether there are still rows and columns; otherwise all of the picture is seen."""
    input_size: tuple[int, int]
    rows: Reach | None
    columns: Reach | None

    @classmethod
    def of(cls, step: Step, input_size: tuple[int, int]) -> "LayerField":
        """From what was followed."""
        reaches = (step.places.rows, step.places.columns)
        spans = [
            reach.span(0) if reach else (0, pixels) for reach, pixels in zip(reaches, input_size, strict=True)
        ]
        return cls(
            name=step.name,
            kind=step.kind,
            size=_pair(reach.size if reach else p for reach, p in zip(reaches, input_size, strict=True)),
            jump=_pair(float(reach.jump) if reach else 0.0 for reach in reaches),
            start=_pair((low + high) / 2 for low, high in spans),
            padding=_pair(float(-low) for low, _ in spans),
            output_shape=step.shape,
            axes=step.places.axes,
            parameters=step.parameters,
            flops=step.flops,
            global_operations=step.places.everywhere,
            spatial=step.places.local,
            input_size=input_size,
            rows=step.places.rows,
            columns=step.places.columns,
        )

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of units; (1, 1) once they are summed up."""
        return (len(self.rows) if self.rows else 1, len(self.columns) if self.columns else 1)

    def box(self, cell: Cell, *, clipped: bool = True) -> Box:
        """The field of a unit in input pixels: what can change it, or what could if the picture had no edges.

        Raises:
            ControlError: there is no such unit.
        """
        self._check(cell)
        sides = []
        for reach, unit, pixels in zip(
            (self.rows, self.columns), (cell.row, cell.column), self.input_size, strict=True
        ):
            sides.append((0, pixels) if reach is None else reach.seen(unit) if clipped else reach.span(unit))
        (top, bottom), (left, right) = sides
        return Box(top, left, bottom, right)

    def centre(self, cell: Cell) -> InputPoint:
        """The middle of a unit's field where no edge cuts it."""
        box = self.box(cell, clipped=False)
        return InputPoint((box.top + box.bottom) / 2, (box.left + box.right) / 2)

    def cell_at(self, point: InputPoint) -> Cell:
        """The unit whose field's middle is nearest to a point."""
        return Cell(_nearest(self.rows, float(point.row)), _nearest(self.columns, float(point.column)))

    def _check(self, cell: Cell) -> None:
        rows, columns = self.grid
        if not (0 <= cell.row < rows and 0 <= cell.column < columns):
            raise ControlError(
                f"{self.name} has no unit at row {cell.row} and column {cell.column}",
                why=f"it has {rows} x {columns} units",
            )


@dataclass(frozen=True, eq=False)
class LayerTable(Result):
    """The layers of one network, in the order they run."""

    layers: tuple[LayerField, ...]
    field: "ReceptiveField"

    def arrays(self) -> Arrays:
        pairs = {"rows": ("size", 0), "columns": ("size", 1), "jump": ("jump", 0), "start": ("start", 0)}
        return {
            "layer": (np.array([layer.name for layer in self.layers]), ""),
            **{
                name: (np.array([getattr(layer, which)[at] for layer in self.layers], float), "input pixels")
                for name, (which, at) in pairs.items()
            },
            "parameters": (np.array([layer.parameters for layer in self.layers]), ""),
            "flops": (np.array([layer.flops for layer in self.layers]), ""),
        }

    def numbers(self) -> Numbers:
        numbers: Numbers = {
            "last feature layer": (" × ".join(f"{side:g}" for side in self.field.features.size), "px"),
            "parameters": (f"{self.field.parameters:,}", ""),
            "FLOPs": (f"{self.field.flops / 1e6:,.1f}", "million"),
        }
        if self.field.global_operations:
            numbers["sees the whole picture besides"] = (", ".join(self.field.global_operations[:3]), "")
        return numbers

    def alt(self) -> str:
        last = self.layers[-1]
        return (
            f"A table with a row for each of {len(self.layers)} layers; the field grows from {self.layers[0].size[0]:g} "
            f"pixels to {last.size[0]:g} in {last.name}."
        )


@dataclass(frozen=True, eq=False)
class ReceptiveField(Result):
    """The receptive fields of a network's layers, for pictures of `input_size` (rows, columns)."""

    layers: tuple[LayerField, ...]
    """Convolutions, poolings, norms, activations, sums … in the order they run, the head included."""
    parts: dict[str, LayerField]
    """What each module gives, blocks and stages included, by its path."""
    depth: tuple[str, ...]
    """Names of the parts through which everything passes, in order: one for each step that widens the field."""
    features: LayerField
    """The last feature layer: what the classifier's pooling or flattening is given."""
    input_size: tuple[int, int]
    parameters: int
    flops: int

    def layer(self, name: str) -> LayerField:
        """A layer or part by name.

        Raises:
            ControlError: there is none.
        """
        if name in ("features", self.features.name):
            return self.features
        for layer in self.layers:
            if layer.name == name:
                return layer
        if name in self.parts:
            return self.parts[name]
        raise ControlError(
            f"The network has no layer called {name!r}", do=f"choose among {', '.join(self.depth)}"
        )

    @cached_property
    def along_depth(self) -> tuple[LayerField, ...]:
        """The fields of `depth`, for curves and sliders."""
        return tuple(self.layer(name) for name in self.depth)

    @property
    def global_operations(self) -> tuple[str, ...]:
        """Every operation before the features' end that sees the whole picture."""
        return self.features.global_operations

    @property
    def nbytes(self) -> int:
        """Bytes held, roughly."""
        reaches = {id(reach): reach for layer in self.parts.values() for reach in (layer.rows, layer.columns)}
        return sum(reach.first.nbytes * 2 for reach in reaches.values() if reach) + 1000 * len(self.layers)


def _pair(values: Any) -> Any:
    return tuple(values)


def _nearest(reach: Reach | None, at: float) -> int:
    if reach is None:
        return 0
    if not len(reach):
        raise AnalysisError("This layer has no units", why="the picture is too small for the network")
    spans = np.array([reach.span(unit) for unit in range(len(reach))])
    return int(np.abs(spans.mean(1) - at).argmin())
