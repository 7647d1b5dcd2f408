"""The word model that ships."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.words.lexicon import VOCABULARY
from explorer.words.tokens import LONGEST
from explorer.zoo.building import build
from explorer.zoo.small_models import load_small

if TYPE_CHECKING:
    from torch import nn

    from explorer.zoo.readers import MaskedLM

__all__ = ["WORDS_ARCHITECTURE", "WORDS_OPTIONS", "build_words", "load_words"]

WORDS_ARCHITECTURE = "explorer.models.word_transformer:WordTransformer"
WORDS_OPTIONS: dict[str, Any] = {
    "words": len(VOCABULARY),
    "length": LONGEST,
    "dim": 96,
    "depth": 3,
    "heads": 4,
    "hidden": 256,
    "near": 3,
}


def build_words() -> nn.Module:
    return build(WORDS_ARCHITECTURE, WORDS_OPTIONS)


def load_words(*, trained: bool = True, seed: int = 0, device: str = "cpu") -> MaskedLM:
    """The model of `explorer train words`. Raises as `load_small`."""
    return load_small("words", trained=trained, seed=seed, device=device)
