"""The small vision transformers that differ in their positions only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.zoo.building import build
from explorer.zoo.small_models import SmallModel, load_small

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "POSITIONS_ARCHITECTURE",
    "POSITION_SEEDS",
    "build_positions",
    "load_positions",
    "positions_name",
    "positions_options",
]

POSITIONS_ARCHITECTURE = "explorer.models.position_vit:PositionViT"
POSITION_SEEDS = 3


def positions_name(code: str, seed: int = 0) -> str:
    """The name of a checkpoint and of its recipe."""
    return f"positions-{code}" + (f"-{seed + 1}" if seed else "")


def positions_options(code: str) -> dict[str, Any]:
    return {"code": code, "size": 8, "patch": 1, "dim": 48, "depth": 4, "heads": 4, "classes": 10}


def build_positions(code: str) -> nn.Module:
    """A new one."""
    return build(POSITIONS_ARCHITECTURE, positions_options(code))


def load_positions(code: str, *, seed: int = 0, trained: bool = True, device: str = "cpu") -> SmallModel:
    """The one that ships with that code and seed. Raises as `load_small`."""
    return load_small(
        positions_name(code, seed), lambda: build_positions(code), trained=trained, seed=seed, device=device
    )
