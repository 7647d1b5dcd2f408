"""The small residual networks that differ in the stages that have attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.errors import WeightsNotFound
from explorer.zoo.building import build
from explorer.zoo.small_models import SmallModel, load_small

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "STAGE_ARCHITECTURE",
    "STAGE_SEEDS",
    "build_stage",
    "load_stage",
    "stage_name",
    "stage_options",
    "stage_trainings",
]

STAGE_ARCHITECTURE = "explorer.models.stage_net:StageNet"
STAGE_SEEDS = 3


def stage_name(place: str, seed: int = 0) -> str:
    """The name of a checkpoint and of its recipe; `place` is a key of `PLACES`."""
    return f"stage-{place}" + (f"-{seed + 1}" if seed else "")


def stage_options(place: str) -> dict[str, Any]:
    from explorer.models.stage_net import PLACES

    return {"attention": list(PLACES[place]), "side": 32, "channels": [16, 32, 64], "classes": 10}


def build_stage(place: str) -> nn.Module:
    """A new one."""
    return build(STAGE_ARCHITECTURE, stage_options(place))


def load_stage(place: str, *, seed: int = 0, trained: bool = True, device: str = "cpu") -> SmallModel:
    """The one that ships with attention there, of that seed. Raises as `load_small`."""
    return load_small(
        stage_name(place, seed), lambda: build_stage(place), trained=trained, seed=seed, device=device
    )


def stage_trainings(
    place: str, *, seeds: int = STAGE_SEEDS, trained: bool = True, device: str = "cpu"
) -> list[SmallModel]:
    """Those of the first `seeds` trainings that are at hand.

    Raises:
        WeightsNotFound: none is.
        CheckpointError: a file is damaged.
    """
    found, missing = [], None
    for seed in range(seeds):
        try:
            found.append(load_stage(place, seed=seed, trained=trained, device=device))
        except WeightsNotFound as error:
            missing = missing or error
    if missing and not found:
        raise missing
    return found
