"""The small vision transformers."""

from collections.abc import Callable

from explorer.models.position_vit import CODES, PositionViT
from explorer.views.positions.controls import Controls
from explorer.views.scope import Scope
from explorer.zoo import small_models
from explorer.zoo.cards import hashes
from explorer.zoo.position_models import POSITION_SEEDS, load_positions, positions_name
from explorer.zoo.small_models import SmallModel

Weights = Callable[[Controls, Scope], dict[str, str]]


def of_encoding(encoding: str, controls: Controls, scope: Scope) -> tuple[SmallModel, PositionViT]:
    """The selected training."""
    model = load_positions(encoding, seed=controls.seed - 1, trained=controls.trained, device=scope.device)
    assert isinstance(model.module, PositionViT)
    return model, model.module


def trainings(encoding: str, controls: Controls, scope: Scope) -> tuple[SmallModel, ...]:
    """Every training of that kind that is here. Raises as `explorer.zoo.small_models.trainings`."""
    name = positions_name(encoding)
    return small_models.trainings(name, seeds=POSITION_SEEDS, trained=controls.trained, device=scope.device)


def weights_of(*encodings: str) -> Weights:
    """Of the selected training of these kinds; none means the selected kind."""

    def weights(controls: Controls, scope: Scope) -> dict[str, str]:
        chosen = encodings or (controls.encoding,)
        return small_models.weights_of(of_encoding(encoding, controls, scope)[0] for encoding in chosen)

    return weights


def all_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of every kind and every training that is here."""
    return small_models.weights_of(
        model for encoding in CODES for model in trainings(encoding, controls, scope)
    )


def cifar_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of every training on CIFAR-10 that ships."""
    return hashes(
        positions_name(encoding, seed, pictures="cifar")
        for encoding in CODES
        for seed in range(POSITION_SEEDS)
    )


def training_title(controls: Controls) -> str:
    return f"training {controls.seed}" if controls.trained else f"random weights of seed {controls.seed}"
