"""Which of the six models are shown, and their weights."""

from explorer.models.sequence_models import SEQUENCE_MODELS
from explorer.views.long_range.controls import Controls
from explorer.views.scope import Scope
from explorer.views.values import picked
from explorer.zoo import small_models
from explorer.zoo.sequence_models import RECALL_SEEDS, load_recall, recall_name
from explorer.zoo.small_models import SmallModel, weights_of


def shown(controls: Controls) -> tuple[str, ...]:
    """The selected kinds; all of them where none is."""
    return tuple(picked(controls.models)) or tuple(SEQUENCE_MODELS)


def title_of(kind: str) -> str:
    return SEQUENCE_MODELS[kind][0]


def of_seed(kind: str, controls: Controls, scope: Scope) -> SmallModel:
    """The selected training."""
    return load_recall(kind, seed=controls.seed - 1, trained=controls.trained, device=scope.device)


def trainings(kind: str, controls: Controls, scope: Scope) -> tuple[SmallModel, ...]:
    """Every training of that kind that is here. Raises as `explorer.zoo.small_models.trainings`."""
    name = recall_name(kind)
    return small_models.trainings(name, seeds=RECALL_SEEDS, trained=controls.trained, device=scope.device)


def seed_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of the selected training."""
    return weights_of(of_seed(kind, controls, scope) for kind in shown(controls))


def all_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of every training that is here."""
    return weights_of(model for kind in shown(controls) for model in trainings(kind, controls, scope))
