"""The word model that ships."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.words.lexicon import VOCABULARY
from explorer.words.tokens import LONGEST
from explorer.zoo.building import build

if TYPE_CHECKING:
    from torch import nn

__all__ = ["WORDS_ARCHITECTURE", "WORDS_OPTIONS", "build_words"]

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
