"""Models that read words: the one that ships, and those of BERT's kind that are available."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import ControlError
from explorer.words.lexicon import VOCABULARY
from explorer.words.tokens import MASK, Tokens, tokenise
from explorer.zoo.model import Loaded
from explorer.zoo.small_models import load_small, open_small
from explorer.zoo.word_models import WORDS_OPTIONS

if TYPE_CHECKING:
    from explorer.zoo.catalogue import Entry

__all__ = ["SHIPPED", "MaskedLM", "load_reader", "open_reader", "reader_names"]

SHIPPED = "words"


@dataclass(frozen=True, eq=False, kw_only=True)
class MaskedLM(Loaded):
    """A masked language model: from numbers, 1 x places, to the logits of every word at every place."""

    layers: int
    heads: int
    vocabulary: tuple[str, ...]
    """A word's place is its number."""
    mask: int
    """The number of the word to be guessed."""
    tokenise: Callable[[str], Tokens]
    """Raises ControlError for a text that cannot be read."""


def reader_names() -> tuple[str, ...]:
    """Those available, the shipped one first; looks at the disk only."""
    from explorer.zoo.hub_words import hub_words

    return (SHIPPED, *hub_words())


def load_reader(name: str = SHIPPED, *, trained: bool = True, seed: int = 0, device: str = "cpu") -> MaskedLM:
    """The model of that name; untrained means the same architecture with random weights of that seed.

    Raises:
        ControlError: there is none of that name available.
        WeightsNotFound: the shipped one is not trained yet.
        CheckpointError: its files are damaged or of another kind.
    """
    if name != SHIPPED:
        from explorer.zoo.hub_words import hub_words, load_hub_words

        if name not in (have := hub_words()):
            raise ControlError(
                f"No available model called {name!r} reads words",
                do=f"choose among {', '.join((SHIPPED, *have))}",
            )
        return load_hub_words(name, trained=trained, seed=seed, device=device)
    model: MaskedLM = load_small(SHIPPED, trained=trained, seed=seed, device=device)
    return model


def open_reader(wanted: Entry, *, trained: bool, seed: int, device: str) -> MaskedLM:
    """The word model that ships."""
    opened = open_small(wanted, trained=trained, seed=seed, device=device)
    return MaskedLM(
        **vars(opened),
        layers=int(WORDS_OPTIONS["depth"]),
        heads=int(WORDS_OPTIONS["heads"]),
        vocabulary=VOCABULARY,
        mask=MASK,
        tokenise=tokenise,
    )
