"""What takes long to make and is asked for again by a run that goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from explorer.whole import replacing

__all__ = ["kept"]


def kept(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` gives, tensors by name, from the file where it was kept before. Its pages are read as they are asked
    for: all that is kept need not fit into memory."""
    if not path.is_file():
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            torch.save(made, part)
    return torch.load(path, weights_only=True, mmap=True)
