"""The small vision transformers, and what they are shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from explorer.views.positions.controls import Controls

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.models.position_vit import PositionViT
    from explorer.views.scope import Scope
    from explorer.zoo.small_models import SmallModel

__all__ = [
    "all_weights",
    "code_weights",
    "digit_input",
    "every_weights",
    "held_out",
    "of_code",
    "things_weights",
    "trainings",
    "weights_of",
]


def of_code(code: str, controls: Controls, scope: Scope) -> tuple[SmallModel, PositionViT]:
    """The one of the chosen seed."""
    from explorer.models.position_vit import PositionViT
    from explorer.zoo.position_models import load_positions

    model = load_positions(code, seed=controls.seed - 1, trained=controls.trained, device=scope.device)
    assert isinstance(model.module, PositionViT)
    return model, model.module


def trainings(code: str, controls: Controls, scope: Scope) -> tuple[SmallModel, ...]:
    """Every training of that kind that is at hand.

    Raises:
        WeightsNotFound: none is.
    """
    from explorer.zoo import small_models
    from explorer.zoo.position_models import POSITION_SEEDS, positions_name

    return small_models.trainings(
        positions_name(code), seeds=POSITION_SEEDS, trained=controls.trained, device=scope.device
    )


def code_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    model, _ = of_code(controls.code, controls, scope)
    return {model.name: model.checkpoint}


def weights_of(code: str) -> Callable[[Controls, Scope], dict[str, str]]:
    """Of one kind, whatever is chosen."""

    def weights(controls: Controls, scope: Scope) -> dict[str, str]:
        model, _ = of_code(code, controls, scope)
        return {model.name: model.checkpoint}

    return weights


def every_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of every kind, the chosen seed."""
    from explorer.models.position_vit import CODES

    found = [of_code(code, controls, scope)[0] for code in CODES]
    return {each.name: each.checkpoint for each in found}


def all_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of every kind and every seed at hand."""
    from explorer.models.position_vit import CODES

    found = [each for code in CODES for each in trainings(code, controls, scope)]
    return {each.name: each.checkpoint for each in found}


def things_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """Of every training on CIFAR-10 that ships."""
    from explorer.models.position_vit import CODES
    from explorer.zoo.cards import hashes
    from explorer.zoo.position_models import POSITION_SEEDS, positions_name

    return hashes(
        positions_name(code, seed, pictures="cifar") for code in CODES for seed in range(POSITION_SEEDS)
    )


def digit_input(number: int, device: str) -> tuple[Tensor, int]:
    """A held-out digit as the models are shown it, 1 x 1 x 8 x 8 from −1 to 1, and which it is."""
    import torch

    from explorer.data.digits import held_out_digit

    values, label = held_out_digit(number)
    return torch.from_numpy(values / 8.0 - 1.0).float().permute(2, 0, 1)[None].to(device), label


@cache
def held_out(count: int) -> tuple[Tensor, Tensor]:
    """The first so many of them."""
    import torch

    pairs = [digit_input(number, "cpu") for number in range(1, count + 1)]
    return torch.cat([x for x, _ in pairs]), torch.tensor([label for _, label in pairs])
