"""The terms of `docs/glossary.md`, for help texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Term", "glossary"]

FILE = Path(__file__).resolve().parents[1] / "docs" / "glossary.md"


@dataclass(frozen=True)
class Term:
    """A term of the field: what it means, in one sentence, and where that is said."""

    name: str
    meaning: str
    source: str


@cache
def glossary() -> Mapping[str, Term]:
    """The terms by name: the rows of the file's one table."""
    rows = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    terms = (Term(*(cell.strip() for cell in row.strip("|").split("|"))) for row in rows[2:])
    return {term.name: term for term in terms}
