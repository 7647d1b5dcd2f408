"""The shipped models that read no photographs in colour, and models that were trained more than once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.errors import WeightsNotFound
from explorer.memory import LRUCache
from explorer.zoo import building, cards
from explorer.zoo.model import Loaded
from explorer.zoo.seeded import seeded

if TYPE_CHECKING:
    from explorer.zoo.catalogue import Entry

__all__ = ["SmallModel", "load_small", "open_small", "training_name", "trainings", "weights_of"]


SMALL = LRUCache()


@dataclass(frozen=True, eq=False, kw_only=True)
class SmallModel(Loaded):
    """A network of sequences or of grey digits."""


def open_small(wanted: Entry, *, trained: bool, seed: int, device: str) -> SmallModel:
    """The model that ships under that name, or the same with random weights of that seed.

    Raises:
        CheckpointError: its file is damaged.
    """
    card = cards.read_card(wanted.name)
    checkpoint = f"sha256:{card.sha256}" if trained else f"random:{seed}"

    def make() -> SmallModel:
        with seeded(seed):
            module = building.build(card.architecture, dict(card.options))
        if trained:
            module.load_state_dict(cards.read_weights(wanted.name))
        module = module.eval().requires_grad_(False).to(device)
        return SmallModel(entry=wanted, module=module, checkpoint=checkpoint, trained=trained, device=device)

    return SMALL.get((wanted.name, checkpoint, device), make)


def load_small(name: str, *, trained: bool = True, seed: int = 0, device: str = "cpu") -> Any:
    """The model that ships under that name; untrained, with random weights of that seed.

    Raises:
        WeightsNotFound: it does not ship yet.
        CheckpointError: its file is damaged.
    """
    from explorer.zoo.loading import load

    if name not in cards.card_names():
        raise WeightsNotFound(
            f"The model {name} is not on this machine",
            why=f"{cards.folder()} has no {name}.safetensors",
            do=f"run `explorer train {name}`",
        )
    return load(name, trained=trained, seed=seed, device=device)


def training_name(name: str, seed: int = 0) -> str:
    """The name of a further training of the model of that name: of its checkpoint and of its recipe."""
    return name + (f"-{seed + 1}" if seed else "")


def trainings(name: str, *, seeds: int = 3, trained: bool = True, device: str = "cpu") -> tuple[Any, ...]:
    """Those of the model's first `seeds` trainings that are available.

    Raises:
        WeightsNotFound: none is.
        CheckpointError: a file is damaged.
    """
    models, missing = [], None
    for seed in range(seeds):
        try:
            models.append(load_small(training_name(name, seed), trained=trained, seed=seed, device=device))
        except WeightsNotFound as error:
            missing = missing or error
    if missing and not models:
        raise missing
    return tuple(models)


def weights_of(models: Iterable[SmallModel]) -> dict[str, str]:
    """Their names and checkpoints."""
    return {model.name: model.checkpoint for model in models}
