"""Sharing a given time among recipes by how far each is from its target."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.training.recipe import Recipe

__all__ = ["Standing", "next_name", "standing"]


@dataclass(frozen=True)
class Standing:
    """How far a recipe has been followed."""

    share: float
    """Of its steps, 0 … 1."""
    score: float
    """The best so far, −inf where there is none."""
    target: float
    needs: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        return self.share >= 1

    @property
    def distance(self) -> float:
        """From the target, as a share of it: 1 where nothing is known, 0 where it is reached."""
        if not math.isfinite(self.score):
            return 1.0
        return min(1.0, max(0.0, self.target - self.score) / max(abs(self.target), 1e-9))


def standing(recipe: Recipe, state: Path) -> Standing:
    """Where a recipe stands by the state that was left in `state`."""
    import torch

    if not state.is_file():
        return Standing(0.0, -math.inf, recipe.target, recipe.needs)
    checkpoint = torch.load(state, map_location="cpu", weights_only=True, mmap=True)
    return Standing(checkpoint["step"] / recipe.steps, checkpoint["best_score"], recipe.target, recipe.needs)


def next_name(standings: Mapping[str, Standing]) -> str | None:
    """The recipe that should have the next share of the time; None when all are finished.

    Of those unfinished the farthest from its target, then the least followed; before it, what it needs.
    """
    open_ones = {name: standing for name, standing in standings.items() if not standing.finished}
    if not open_ones:
        return None
    name = max(open_ones, key=lambda name: (open_ones[name].distance, -open_ones[name].share))
    while needed := [need for need in standings[name].needs if need in open_ones]:
        name = needed[0]
    return name
