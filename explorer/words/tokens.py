"""Text as words with numbers; whatever a visitor types becomes words or a sentence that says why not."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from explorer.errors import ControlError
from explorer.words.lexicon import VOCABULARY

__all__ = ["LONGEST", "MASK", "NUMBERS", "PAD", "UNKNOWN", "Tokens", "is_gap", "right_to_left", "tokenise"]

PAD, MASK, UNKNOWN = 0, 1, 2
NUMBERS = {word: number for number, word in enumerate(VOCABULARY)}
LONGEST = 48
"""Words that the model can read at once."""
WIDEST = 40
"""Letters of a word that are shown."""


@dataclass(frozen=True)
class Tokens:
    """The words of a text, as typed and as the model knows them."""

    words: tuple[str, ...]
    numbers: tuple[int, ...]
    right_to_left: bool
    """Whether most of its letters belong to scripts read from right to left."""
    notes: tuple[str, ...]
    """Sentences for the person who typed it."""

    @property
    def unknown(self) -> tuple[int, ...]:
        """Places of the words that the model does not know."""
        return tuple(at for at, number in enumerate(self.numbers) if number == UNKNOWN)


def tokenise(text: str) -> Tokens:
    """Words and punctuation, in the order typed; `[mask]` or `___` is a word to be guessed.

    Raises:
        ControlError: there are no words, or more than the model can read.
    """
    words = [word for chunk in text.split() for word in _split(chunk)]
    if not words:
        raise ControlError("There are no words", do="type a sentence, such as: the robots are cool")
    if len(words) > LONGEST:
        raise ControlError(
            f"The sentence has {len(words)} words and marks", why=f"the model reads {LONGEST} at most"
        )
    numbers = tuple(NUMBERS.get(word.lower(), UNKNOWN) for word in words)
    strange = sum(number == UNKNOWN for number in numbers)
    notes = []
    if strange == len(words):
        notes.append("The model knows none of these words: it sees only where they stand.")
    elif strange:
        count = "One word is" if strange == 1 else f"{strange} words are"
        notes.append(f"{count} unknown to the model and all alike to it.")
    return Tokens(tuple(words), numbers, right_to_left(text), tuple(notes))


def _split(chunk: str) -> list[str]:
    """A piece without spaces: marks before, the word, marks after. Invisible characters are dropped."""
    visible = "".join(
        character for character in chunk if character == "\u200d" or unicodedata.category(character)[0] != "C"
    )
    if is_gap(visible):
        return [VOCABULARY[MASK]]
    if visible.lower()[:-1] == VOCABULARY[MASK]:
        return [VOCABULARY[MASK], visible[-1]]
    start, stop = 0, len(visible)
    while start < stop and _mark(visible[start]):
        start += 1
    while stop > start and _mark(visible[stop - 1]):
        stop -= 1
    word = visible[start:stop]
    shown = word if len(word) <= WIDEST else word[: WIDEST - 1] + "…"
    return [*visible[:start], *([shown] if shown else []), *visible[stop:]]


def is_gap(chunk: str) -> bool:
    """Whether that is how a word to be guessed is typed."""
    return chunk.lower() == VOCABULARY[MASK] or (len(chunk) > 1 and not chunk.strip("_"))


def _mark(character: str) -> bool:
    return unicodedata.category(character).startswith("P")


def right_to_left(text: str) -> bool:
    """Whether most of its letters belong to scripts read from right to left."""
    sides = [unicodedata.bidirectional(character) for character in text]
    return sum(side in ("R", "AL") for side in sides) > sum(side == "L" for side in sides)
