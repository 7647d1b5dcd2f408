"""Trainings of one small model that are here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from explorer.errors import NotAtHand

if TYPE_CHECKING:
    from explorer.zoo.small_models import SmallModel

__all__ = ["trainings_here", "weights_of"]


def trainings_here(load: Callable[[int], SmallModel], count: int) -> list[SmallModel]:
    """Those of `count` trainings, by their numbers from 0, that can be loaded.

    Raises:
        NotAtHand: none can.
    """
    models, missing = [], None
    for number in range(count):
        try:
            models.append(load(number))
        except NotAtHand as error:
            missing = missing or error
    if missing and not models:
        raise missing
    return models


def weights_of(models: Iterable[SmallModel]) -> dict[str, str]:
    """Their names and checkpoints."""
    return {model.name: model.checkpoint for model in models}
