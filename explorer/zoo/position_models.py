"""The small vision transformers that differ in their positions only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from explorer.zoo.building import build
from explorer.zoo.small_models import load_small, training_name

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "POSITIONS_ARCHITECTURE",
    "POSITION_SEEDS",
    "Pictures",
    "build_positions",
    "load_positions",
    "positions_name",
    "positions_options",
]

POSITIONS_ARCHITECTURE = "explorer.models.position_vit:PositionViT"
POSITION_SEEDS = 3


Pictures = Literal["digits", "cifar"]
"""What they learn: handwritten digits of 8 x 8 pixels, each a patch, or CIFAR-10 in 8 x 8 patches of 4 x 4."""


def positions_name(code: str, seed: int = 0, *, pictures: Pictures = "digits") -> str:
    """The name of a checkpoint and of its recipe."""
    learnt = "" if pictures == "digits" else f"{pictures}-"
    return training_name(f"positions-{learnt}{code}", seed)


def positions_options(code: str, *, pictures: Pictures = "digits") -> dict[str, Any]:
    shown = {"size": 8, "patch": 1} if pictures == "digits" else {"size": 32, "patch": 4, "channels": 3}
    return {"code": code, **shown, "dim": 48, "depth": 4, "heads": 4, "classes": 10}


def build_positions(code: str, *, pictures: Pictures = "digits") -> nn.Module:
    """A new one."""
    return build(POSITIONS_ARCHITECTURE, positions_options(code, pictures=pictures))


def load_positions(
    code: str,
    *,
    seed: int = 0,
    pictures: Pictures = "digits",
    trained: bool = True,
    device: str = "cpu",
) -> Any:
    """The one that ships with that code and seed. Raises as `load_small`."""
    return load_small(
        positions_name(code, seed, pictures=pictures), trained=trained, seed=seed, device=device
    )
