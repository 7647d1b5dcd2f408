"""What was measured and kept: `checkpoints/measured.json`, results by the words of the command that repeats them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.errors import WeightsNotFound
from explorer.fresh import while_unchanged
from explorer.zoo.cards import folder

__all__ = ["file", "result", "results"]


def file() -> Path:
    """Where they are kept."""
    return folder() / "measured.json"


def results() -> Mapping[str, Mapping[str, Any]]:
    """Every kept result; none where the file is not there."""
    return _read(file())


@while_unchanged
def _read(path: Path) -> Mapping[str, Mapping[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def result(command: str) -> Mapping[str, Any]:
    """The kept result of that command.

    Raises:
        WeightsNotFound: it has not been measured.
    """
    measured = results()
    if command not in measured:
        raise WeightsNotFound(
            "This has not been measured yet",
            why="it takes test photographs, which do not ship",
            do=f"`explorer {command} --keep` measures it",
        )
    return measured[command]
