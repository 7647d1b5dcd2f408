"""Which of the six models are looked at, and their weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.views.long_range.controls import Controls

if TYPE_CHECKING:
    from explorer.views.scope import Scope
    from explorer.zoo.small_models import SmallModel

__all__ = ["all_weights", "one_weights", "shown", "title_of", "trainings"]


def shown(controls: Controls) -> tuple[str, ...]:
    """The kinds that are chosen; all of them where none is."""
    from explorer.models.sequence_models import SEQUENCE_MODELS

    return tuple(each for each in controls.models.split(",") if each) or tuple(SEQUENCE_MODELS)


def title_of(kind: str) -> str:
    from explorer.models.sequence_models import SEQUENCE_MODELS

    return SEQUENCE_MODELS[kind][0]


def of_seed(kind: str, seed: int, controls: Controls, scope: Scope) -> SmallModel:
    from explorer.zoo.sequence_models import load_recall

    return load_recall(kind, seed=seed - 1, trained=controls.trained, device=scope.device)


def trainings(kind: str, controls: Controls, scope: Scope) -> tuple[SmallModel, ...]:
    """Every training of that kind that is at hand.

    Raises:
        WeightsNotFound: none is.
    """
    from explorer.zoo import small_models
    from explorer.zoo.sequence_models import RECALL_SEEDS, recall_name

    return small_models.trainings(
        recall_name(kind), seeds=RECALL_SEEDS, trained=controls.trained, device=scope.device
    )


def one_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of the chosen seed."""
    found = [of_seed(kind, controls.seed, controls, scope) for kind in shown(controls)]
    return {each.name: each.checkpoint for each in found}


def all_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of every seed at hand."""
    found = [each for kind in shown(controls) for each in trainings(kind, controls, scope)]
    return {each.name: each.checkpoint for each in found}
