"""What shipped models answered to questions that pages ask again and again: asked once, shipped beside the weights.

`checkpoints/NAME.npz` holds arrays by the hash of the weights that gave them, so that other weights, whose answers are
not there, are asked when they are looked at. `explorer measure NAME --record` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from explorer.fresh import forget, while_unchanged
from explorer.whole import replacing
from explorer.zoo.cards import folder

__all__ = ["read_answers", "write_answers"]


def read_answers(name: str, checkpoint: str) -> Mapping[str, np.ndarray]:
    """The arrays that these weights gave; none where they were not asked."""
    return _read(_file(name)).get(checkpoint, {})


def write_answers(name: str, answers: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Keep the arrays of each checkpoint: whole or not at all."""
    path = _file(name)
    flat = {
        f"{checkpoint}/{key}": array
        for checkpoint, arrays in answers.items()
        for key, array in arrays.items()
    }
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **flat)
    forget()


def _file(name: str) -> Path:
    return folder() / f"{name}.npz"


@while_unchanged
def _read(path: Path) -> dict[str, dict[str, np.ndarray]]:
    answers: dict[str, dict[str, np.ndarray]] = {}
    if path.is_file():
        with np.load(path, allow_pickle=False) as stored:
            for name in stored.files:
                checkpoint, _, key = name.partition("/")
                answers.setdefault(checkpoint, {})[key] = stored[name]
    return answers
