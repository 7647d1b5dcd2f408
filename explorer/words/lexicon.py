"""The words of the grammar. Each kind of thing has its nouns, and adjectives that are said of that kind alone."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ADVERBS", "BECAUSE", "COMMON", "KINDS", "PLACES", "PREPOSITIONS", "VERBS", "VOCABULARY", "Noun"]


@dataclass(frozen=True)
class Noun:
    """A noun in singular and plural, and the pronoun of the singular; that of the plural is always "they"."""

    singular: str
    plural: str
    pronoun: str

    def said(self, *, plural: bool) -> str:
        return self.plural if plural else self.singular


def _nouns(words: str, pronoun: str) -> tuple[Noun, ...]:
    """Nouns with a plural in s, or both forms as in man/men."""
    pairs = (word.split("/") for word in words.split())
    return tuple(Noun(pair[0], pair[1] if len(pair) > 1 else pair[0] + "s", pronoun) for pair in pairs)


MEN = _nouns("boy man/men father brother uncle king actor waiter monk prince", "he")
WOMEN = _nouns(
    "girl woman/women mother sister aunt queen actress/actresses waitress/waitresses nun princess/princesses",
    "she",
)
MACHINES = _nouns("robot engine computer car printer drone tractor clock lamp motor phone truck", "it")
ANIMALS = _nouns("dog cat horse bird wolf/wolves mouse/mice lion rabbit fox/foxes goat duck tiger", "it")
PLANTS = _nouns("tree rose flower bush/bushes vine oak tulip fern herb lily/lilies palm shrub", "it")
FOODS = _nouns(
    "cake soup pie apple sandwich/sandwiches meal pizza stew biscuit pancake tart dish/dishes", "it"
)

KINDS: tuple[tuple[tuple[Noun, ...], tuple[str, ...]], ...] = (
    (
        MEN + WOMEN,
        (
            "clever",
            "polite",
            "honest",
            "generous",
            "curious",
            "patient",
            "talkative",
            "shy",
            "brave",
            "thoughtful",
        ),
    ),
    (
        MACHINES,
        ("efficient", "electric", "automatic", "rusty", "wireless", "digital", "mechanical", "reliable"),
    ),
    (ANIMALS, ("furry", "tame", "wild", "playful", "hungry", "fierce", "nocturnal", "nimble")),
    (
        PLANTS,
        ("leafy", "blooming", "thorny", "evergreen", "withered", "fragrant", "rooted", "budding"),
    ),
    (FOODS, ("tasty", "sweet", "salty", "delicious", "edible", "baked", "spicy", "bitter")),
)
"""Nouns, and what can be said of them and of no other kind."""

COMMON = (
    "cool",
    "nice",
    "famous",
    "lovely",
    "strange",
    "popular",
    "wonderful",
    "remarkable",
    "beautiful",
    "interesting",
)
"""Adjectives of every kind."""
VERBS = tuple(
    tuple(forms.split("/"))
    for forms in [
        "likes/like/liked",
        "watches/watch/watched",
        "sees/see/saw",
        "finds/find/found",
        "loves/love/loved",
        "wants/want/wanted",
        "praises/praise/praised",
        "notices/notice/noticed",
        "prefers/prefer/preferred",
        "remembers/remember/remembered",
        "admires/admire/admired",
        "needs/need/needed",
    ]
)
"""Present singular, present plural, past."""
PREPOSITIONS = ("near", "behind", "beside", "above", "below", "with")
PLACES = ("garden", "street", "house", "kitchen", "village", "park", "forest", "office", "station", "river")
ADVERBS = ("really", "very", "often", "always", "quite", "truly", "surely", "certainly")
BECAUSE = ("because", "since", "as")
GRAMMAR = (
    *(
        "the",
        "a",
        "in",
        ",",
        ".",
        "is",
        "are",
        "was",
        "were",
        "he",
        "she",
        "it",
        "they",
        "and",
        "today",
        "now",
    ),
    *("?", "!"),
)

_nouns_said = (form for nouns, _ in KINDS for noun in nouns for form in (noun.singular, noun.plural))
_said_of = (adjective for _, adjectives in KINDS for adjective in adjectives)
_verbs_said = (form for forms in VERBS for form in forms)
VOCABULARY: tuple[str, ...] = (
    *("[pad]", "[mask]", "[unknown]"),
    *GRAMMAR,
    *BECAUSE,
    *_nouns_said,
    *_said_of,
    *COMMON,
    *_verbs_said,
    *PREPOSITIONS,
    *PLACES,
    *ADVERBS,
)
"""A word's place is its number."""
