"""What a figure of a view is: the figure, the numbers drawn in it, and the words that belong to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from explorer.figures.ready import Plain

__all__ = ["RESERVED", "Drawing"]

FIGURE = 1 << 17
"""Bytes that Plotly's objects for traces, layout and template take beside their data, as measured."""
RESERVED = ("explorer", "caption", "units", "file", "allow_pickle")
"""Names that the NPZ file needs for itself."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """One figure, drawn. It is remembered and shared: nobody changes it."""

    figure: go.Figure
    data: Mapping[str, np.ndarray]
    """Exactly what is drawn, by name; arrays of numbers, truth values or text."""
    units: Mapping[str, str]
    """The unit of each array; "1" or nothing for a share or a count."""
    caption: str
    """A sentence saying what is drawn, with its parameters."""
    alt: str
    """What someone who cannot see the figure is told."""
    numbers: Mapping[str, tuple[float | int | str, str]] = field(default_factory=dict)
    """Shown under the figure: label to (value, unit)."""

    def __post_init__(self) -> None:
        for name, array in self.data.items():
            if name in RESERVED or not name or not name.isprintable():
                raise ValueError(f"an array cannot be called {name!r}")
            if not isinstance(array, np.ndarray) or array.dtype.kind not in "biufU":
                raise ValueError(
                    f"{name} is no array of numbers or text, but {getattr(array, 'dtype', type(array))}"
                )
        if unknown := set(self.units) - set(self.data):
            raise ValueError(f"units are given for {', '.join(sorted(unknown))}, which is not drawn")

    @cached_property
    def plain(self) -> Plain:
        """The figure as plain data, for the browser."""
        from explorer.figures.ready import ReadyFigure

        return ReadyFigure.plain(self.figure)

    @cached_property
    def nbytes(self) -> int:
        """The memory it holds: the arrays, the figure's JSON, and as much again for the figure that it was made of."""
        return sum(array.nbytes for array in self.data.values()) + 2 * len(json.dumps(self.plain)) + FIGURE
