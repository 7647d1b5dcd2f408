"""The small residual networks that differ in the stages that have attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.zoo.building import build
from explorer.zoo.small_models import training_name

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "STAGE_ARCHITECTURE",
    "STAGE_SEEDS",
    "build_stage",
    "stage_name",
    "stage_options",
]

STAGE_ARCHITECTURE = "explorer.models.stage_net:StageNet"
STAGE_SEEDS = 3


def stage_name(place: str, seed: int = 0) -> str:
    """The name of a checkpoint and of its recipe; `place` is a key of `PLACES`."""
    return training_name(f"stage-{place}", seed)


def stage_options(place: str) -> dict[str, Any]:
    from explorer.models.stage_net import PLACES

    return {"attention": list(PLACES[place]), "side": 32, "channels": [16, 32, 64], "classes": 10}


def build_stage(place: str) -> nn.Module:
    """A new one."""
    return build(STAGE_ARCHITECTURE, stage_options(place))
