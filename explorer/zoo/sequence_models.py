"""The six sequence models that ship, some of them trained more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.errors import ControlError
from explorer.zoo.building import build
from explorer.zoo.small_models import SmallModel, load_small, training_name

if TYPE_CHECKING:
    from torch import nn

__all__ = ["RECALL_SEEDS", "SYMBOLS", "build_recall", "load_recall", "recall_name", "recall_options"]

SYMBOLS = 16
"""Letters that can be recalled; one number more is the marker."""
RECALL_SEEDS = 3


def recall_name(kind: str, seed: int = 0) -> str:
    """The name of a checkpoint and of its recipe."""
    return training_name(f"recall-{kind}", seed)


def recall_options(kind: str) -> tuple[str, dict[str, Any]]:
    """Architecture and constructor options.

    Raises:
        ControlError: there is no such kind.
    """
    from explorer.models.sequence_models import SEQUENCE_MODELS

    if kind not in SEQUENCE_MODELS:
        raise ControlError(
            f"There is no sequence model called {kind!r}", do=f"choose among {', '.join(SEQUENCE_MODELS)}"
        )
    _, made, options = SEQUENCE_MODELS[kind]
    name = getattr(made, "__name__", "")
    return (
        f"explorer.models.sequence_models:{name}",
        {"symbols": SYMBOLS + 1, "answers": SYMBOLS, **options},
    )


def build_recall(kind: str) -> nn.Module:
    """A new one. Raises as `recall_options`."""
    return build(*recall_options(kind))


def load_recall(kind: str, *, seed: int = 0, trained: bool = True, device: str = "cpu") -> SmallModel:
    """The model that ships of that kind and seed. Raises as `recall_options` and `load_small`."""
    recall_options(kind)
    return load_small(recall_name(kind, seed), trained=trained, seed=seed, device=device)
