"""What every result can say of itself: its arrays with their units, its numbers, and itself in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

__all__ = ["Arrays", "Described", "Numbers", "columns"]

Arrays = dict[str, tuple[np.ndarray, str]]
"""What is drawn, by name: the array and its unit; "" for text, counts and truth values."""
Numbers = dict[str, tuple[float | int | str, str]]
"""What is read off it, by label: the value and its unit."""


class Described(Protocol):
    """A result that can be drawn, exported and read out."""

    def arrays(self) -> Arrays: ...

    def numbers(self) -> Numbers: ...

    def alt(self) -> str:
        """The result for someone who cannot see it: what is largest, and where."""
        ...


def columns(results: Iterable[Any], **units: str) -> Arrays:
    """An array for each attribute of these names, with one entry a result, and its unit."""
    rows = list(results)
    return {name: (np.array([getattr(row, name) for row in rows]), unit) for name, unit in units.items()}
