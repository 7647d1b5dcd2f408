"""A row of the evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Claim", "Result"]

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Claim:
    """A row: `say` puts the number into words from the kept result of `command`."""

    what: str
    target: str
    command: str
    say: Callable[[Result], str]
