"""The shipped models that read no photographs: words, sequences, patches of digits. Each is loaded by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import WeightsNotFound
from explorer.memory import Memory
from explorer.zoo import building, cards
from explorer.zoo.devices import choose
from explorer.zoo.modules import seeded

if TYPE_CHECKING:
    from torch import nn

__all__ = ["SmallModel", "load_small"]

SMALL = Memory()


@dataclass(frozen=True, eq=False)
class SmallModel:
    """A module in evaluation mode, shared by all who ask for it and never to be changed."""

    name: str
    module: nn.Module
    checkpoint: str
    """sha256:…, or random:SEED."""
    trained: bool
    device: str


def load_small(
    name: str,
    build: Callable[[], nn.Module],
    *,
    trained: bool = True,
    seed: int = 0,
    device: str = "cpu",
) -> SmallModel:
    """The model that ships under that name; with `trained=False` what `build` makes, with weights of that seed.

    Raises:
        WeightsNotFound: it does not ship yet.
        CheckpointError: its file is damaged.
    """
    where = choose(device)
    if not trained:
        key = (name, f"random:{seed}", where)
        return SMALL.get(key, lambda: _random(name, build, seed, where))
    if name not in cards.card_names():
        raise WeightsNotFound(
            f"The model {name} is not on this machine",
            why=f"{cards.folder()} has no {name}.safetensors",
            do=f"run `explorer train {name}`, or look at random weights",
        )
    key = (name, cards.read_card(name).sha256, where)
    return SMALL.get(key, lambda: _shipped(name, where))


def _random(name: str, build: Callable[[], nn.Module], seed: int, where: str) -> SmallModel:
    with seeded(seed):
        module = build()
    return SmallModel(name, module.eval().requires_grad_(False).to(where), f"random:{seed}", False, where)


def _shipped(name: str, where: str) -> SmallModel:
    card = cards.read_card(name)
    module = building.build(card.architecture, dict(card.options))
    module.load_state_dict(cards.read_weights(name))
    return SmallModel(
        name, module.eval().requires_grad_(False).to(where), f"sha256:{card.sha256}", True, where
    )
