"""How a figure looks on paper, whatever the screen's theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.errors import ControlError

__all__ = ["COLOURS", "COLUMNS", "PAPER", "Column", "PaperStyle"]

Column = Literal["single", "double"]
COLUMNS: dict[str, float] = {"single": 85.0, "double": 175.0}
"""Widths of a journal's column and of its page, in millimetres."""
COLOURS = ("viridis", "cividis", "inferno", "gray")
"""Colour maps of magnitudes, all perceptually uniform; cividis looks alike to nearly all who are colour-blind."""
MILLIMETRES_PER_INCH = 25.4


@dataclass(frozen=True)
class PaperStyle:
    """Measures on paper. The figure is laid out as on the screen and then scaled as a whole, so that its text
    comes out at `font_size`: lines, markers and distances shrink with it and nothing is out of proportion.
    """

    column: Column = "double"
    width: float | None = None
    """Millimetres; the column's if not given."""
    font_size: float = 8.0
    """Of the running text, in points."""
    dpi: float = 300.0
    """Of a PNG."""
    caption: bool = True
    """Whether the caption is written under the figure."""
    colours: str = COLOURS[0]
    """The colour map of magnitudes; what has a sign keeps its own, with 0 in the middle."""

    def __post_init__(self) -> None:
        if self.column not in COLUMNS:
            raise ControlError(
                f"There is no column called {self.column!r}", do=f"choose {' or '.join(COLUMNS)}"
            )
        if self.colours not in COLOURS:
            raise ControlError(
                f"There is no colour map called {self.colours!r}", do=f"choose {', '.join(COLOURS)}"
            )
        for what, value, low, high in (
            ("The width of a figure", self.width_mm, 20, 1000),
            ("The size of its text", self.font_size, 4, 40),
            ("Its resolution", self.dpi, 50, 1200),
        ):
            if not low <= value <= high:
                raise ControlError(f"{what} cannot be {value:g}", do=f"choose {low} to {high}")

    @property
    def width_mm(self) -> float:
        return COLUMNS[self.column] if self.width is None else self.width

    @property
    def width_pixels(self) -> int:
        """Of a PNG."""
        return round(self.width_mm / MILLIMETRES_PER_INCH * self.dpi)


PAPER = PaperStyle()
