"""Sentences of two nouns and a pronoun, of which an adjective says to whom the pronoun refers.

"the robots near the tree are cool because they are efficient": only machines are efficient, so "they" are the
robots, and so is the verb plural; the tree distracts. Which noun is referred to, how far away it is and whether
the reason comes first are drawn at random.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from explorer.words.lexicon import ADVERBS, BECAUSE, COMMON, KINDS, PLACES, PREPOSITIONS, VERBS, Noun

__all__ = ["Sentence", "sentences"]

HELD_OUT = 8
"""One pair of noun and adjective in so many is kept for tests."""


@dataclass(frozen=True)
class Sentence:
    """A sentence and what is known of it; places are counted from 0."""

    words: tuple[str, ...]
    pronoun: int
    verb: int
    """The verb of the pronoun: is, are, was or were."""
    referent: int
    distractor: int
    main_verb: int
    plural: bool
    """The number of the referent."""
    reason_first: bool

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def distance(self) -> int:
        """Words from the referent to the pronoun; below 0 where the pronoun comes first."""
        return self.pronoun - self.referent


def sentences(count: int, *, seed: int = 0, held_out: bool = False) -> Iterator[Sentence]:
    """So many sentences of that seed. The pairs of referent and adjective of the held-out ones are never those of
    the others."""
    draw = random.Random(f"{seed} {held_out}")
    for _ in range(count):
        while True:
            kind, other = draw.sample(range(len(KINDS)), 2)
            noun, clue = draw.choice(KINDS[kind][0]), draw.choice(KINDS[kind][1])
            if (crc32(f"{noun.singular} {clue}".encode()) % HELD_OUT == 0) == held_out:
                break
        yield _sentence(draw, noun, draw.choice(KINDS[other][0]), clue)


def _sentence(draw: random.Random, noun: Noun, other: Noun, clue: str) -> Sentence:
    plural, other_plural, past = draw.random() < 0.5, draw.random() < 0.5, draw.random() < 0.4
    first_is_referent = draw.random() < 0.5
    first, first_plural = (noun, plural) if first_is_referent else (other, other_plural)
    second, second_plural = (other, other_plural) if first_is_referent else (noun, plural)

    main: list[str] = []

    def phrase(head_noun: Noun, many: bool) -> int:
        main.append("the")
        if draw.random() < 0.25:
            main.append(draw.choice(COMMON))
        main.append(head_noun.said(plural=many))
        place = len(main) - 1
        if draw.random() < 0.35:
            main.extend(("in", "the", draw.choice(PLACES)))
        return place

    at_first = phrase(first, first_plural)
    if draw.random() < 0.5:
        main.append(draw.choice(PREPOSITIONS))
        at_second = phrase(second, second_plural)
        at_verb = len(main)
        main.append(_be(many=first_plural, past=past))
        if draw.random() < 0.3:
            main.append(draw.choice(ADVERBS))
        main.append(draw.choice(COMMON))
    else:
        forms = draw.choice(VERBS)
        at_verb = len(main)
        main.append(forms[2] if past else forms[int(first_plural)])
        at_second = phrase(second, second_plural)

    pronoun = "they" if plural else noun.pronoun
    reason = [draw.choice(BECAUSE), pronoun, _be(many=plural, past=past)]
    if draw.random() < 0.3:
        reason.append(draw.choice(ADVERBS))
    reason.append(clue)

    reason_first = draw.random() < 0.3
    words = [*reason, ",", *main, "."] if reason_first else [*main, *reason, "."]
    to_main, to_reason = (len(reason) + 1, 0) if reason_first else (0, len(main))
    return Sentence(
        words=tuple(words),
        pronoun=to_reason + 1,
        verb=to_reason + 2,
        referent=to_main + (at_first if first_is_referent else at_second),
        distractor=to_main + (at_second if first_is_referent else at_first),
        main_verb=to_main + at_verb,
        plural=plural,
        reason_first=reason_first,
    )


def _be(*, many: bool, past: bool) -> str:
    return ("were" if many else "was") if past else ("are" if many else "is")
