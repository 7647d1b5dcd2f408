"""What a figure of a view is: the figure, the numbers drawn in it, and the words that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from explorer.figures.ready import Plain

__all__ = ["RESERVED", "Drawing"]

RESERVED = ("explorer", "caption", "units", "file", "allow_pickle")
"""Names that the NPZ file needs for itself."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """One figure, drawn. It is remembered and shared: nobody changes it."""

    json: bytes
    """The figure as Plotly writes it. Its objects for one are some hundreds: of a thousand drawings, they were what Python
    stopped everyone for half a second to search for garbage."""
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

    @classmethod
    def of(
        cls,
        figure: go.Figure,
        data: Mapping[str, np.ndarray],
        units: Mapping[str, str],
        caption: str,
        alt: str,
        numbers: Mapping[str, tuple[float | int | str, str]] | None = None,
    ) -> Drawing:
        """The figure with what belongs to it."""
        from explorer.figures.ready import to_json

        return cls(to_json(figure), data, units, caption, alt, numbers or {})

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

    @property
    def figure(self) -> go.Figure:
        """Plotly's figure, made anew: whoever asks for it may change it."""
        from explorer.figures.ready import from_json

        return from_json(self.json)

    @property
    def plain(self) -> Plain:
        """The figure as plain data, for the browser; shared, not to be changed."""
        from explorer.figures.ready import plain

        return plain(self.json)

    @property
    def nbytes(self) -> int:
        """The memory it holds."""
        return sum(array.nbytes for array in self.data.values()) + len(self.json)
