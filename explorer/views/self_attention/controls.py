"""What can be set on the page *Self-attention, step by step*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import ExplorerError
from explorer.geometry import FITS
from explorer.views.controls import choice, model, picture, real, several, switch, text, whole
from explorer.views.scope import Scope

if TYPE_CHECKING:
    from explorer.words import Tokens
    from explorer.zoo.readers import MaskedLM

__all__ = ["CHANGED", "PICTURE", "SEEN", "WORDS", "Controls", "first_query"]

WORDS, PICTURE = "words", "picture"
STEPS = (
    "embeddings", "queries", "keys", "values", "products", "scaled", "weights", "weighted", "joined", "output",
)  # fmt: skip
"""The names of the steps of `explorer.analysis.self_attention`, which would bring torch with it."""
SENTENCE = "the robots near the trees are cool because they are efficient ."
FINDS = 2, 2
"""Layer and head that find the referent in most of the sentences the word model was trained on, from 1."""
SHOWN = ("steps", "look", "change")
REFERENCE = ("reference",)
SEEN = ("source", "sentence", "reader", "picture", "fit", "model", "trained")
CHANGED = ("scale", "temperature", "causal", "zeroed", "masked")
PRONOUNS = ("they", "it", "she", "he")


def _of_words(scope: Scope) -> bool:
    return str(scope.raw.get("source", WORDS)) != PICTURE


def readers(scope: Scope) -> tuple[str, ...]:
    from explorer.zoo.readers import reader_names

    return reader_names()


def _reader(scope: Scope) -> MaskedLM | None:
    """None where it cannot be had: the figures say why."""
    from explorer.zoo.readers import SHIPPED, load_reader

    try:
        return load_reader(str(scope.raw.get("reader", SHIPPED)), trained=scope.trained, device=scope.device)
    except ExplorerError:
        return None


def _read(scope: Scope) -> Tokens | None:
    reader = _reader(scope)
    try:
        return None if reader is None else reader.tokenise(str(scope.raw.get("sentence", SENTENCE)))
    except ExplorerError:
        return None


def _blocks(scope: Scope) -> tuple[int, int]:
    """Layers and heads."""
    if _of_words(scope):
        reader = _reader(scope)
        return (1, 1) if reader is None else (reader.layers, reader.heads)
    module = scope.model().module
    blocks = getattr(module, "blocks", None)
    if blocks is None or not len(blocks):
        return 1, 1
    return len(blocks), int(getattr(getattr(blocks[0], "attn", None), "num_heads", 1))


def layers(scope: Scope) -> int:
    return _blocks(scope)[0]


def heads(scope: Scope) -> int:
    return _blocks(scope)[1]


def _finds(scope: Scope, which: int) -> int:
    own = _of_words(scope) and str(scope.raw.get("reader", "words")) == "words" and scope.trained
    return min(FINDS[which], _blocks(scope)[which]) if own else 1


def tokens(scope: Scope) -> int:
    if _of_words(scope):
        read = _read(scope)
        return 1 if read is None else len(read.words)
    layout = scope.model().tokens
    return 1 if layout is None else len(layout)


def first_query(scope: Scope) -> int:
    """The gap, else the pronoun; of a picture the patch in the middle."""
    if _of_words(scope):
        read, reader = _read(scope), _reader(scope)
        if read is None or reader is None:
            return 1
        if reader.mask in read.numbers:
            return read.numbers.index(reader.mask) + 1
        words = [word.lower() for word in read.words]
        return next((at + 1 for at, word in enumerate(words) if word in PRONOUNS), 1)
    layout = scope.model().tokens
    if layout is None:
        return 1
    grid = layout.grid
    return layout.prefix + grid.rows // 2 * grid.columns + grid.columns // 2 + 1


def places(scope: Scope) -> tuple[str, ...]:
    return tuple(str(place) for place in range(1, tokens(scope) + 1))


@dataclass(frozen=True)
class Controls:
    """What can be set. Layers, heads, tokens and columns are counted from 1."""

    tab: str = choice("Tab", "steps", (*SHOWN, *REFERENCE))
    source: str = choice("Input", WORDS, (WORDS, PICTURE), elsewhere=True)
    sentence: str = text(
        "Sentence", SENTENCE, longest=4000, elsewhere=True, help="[mask] or ___ is a word to be predicted."
    )
    reader: str = choice(
        "Word model", "words", readers, elsewhere=True,
        help="The one that ships, or a BERT of the Hugging Face hub that is downloaded.",
    )  # fmt: skip
    picture: str = picture(default="hens", elsewhere=True)
    fit: str = choice("Fit", "crop", FITS, elsewhere=True)
    model: str = model("Model", "vit", ("vit",), elsewhere=True)
    trained: bool = switch("Trained", True, help="Off: the same model with random weights.")
    layer: int = whole("Layer", lambda scope: _finds(scope, 0), low=1, high=layers, tabs=SHOWN)
    head: int = whole("Head", lambda scope: _finds(scope, 1), low=1, high=heads, tabs=("steps", "look"))
    query: int = whole(
        "Query", first_query, low=1, high=tokens, elsewhere=True, help="The token whose attention is shown."
    )
    stage: str = choice("Step", "products", STEPS, elsewhere=True)
    column: int = whole("Column", 2, low=1, high=100_000, elsewhere=True)
    scale: float = real(
        "Scale, times 1/√d", 1.0, low=0.0, high=8.0, step=0.25, tabs=SHOWN,
        help="1 is the model's own; q · k is multiplied by it: more makes the softmax sharper, 0 makes it uniform.",
    )  # fmt: skip
    temperature: float = real("Temperature", 1.0, low=0.05, high=4.0, tabs=SHOWN)
    causal: bool = switch("Causal mask", False, tabs=SHOWN)
    zeroed: str = several(
        "Heads set to zero", lambda scope: tuple(str(head + 1) for head in range(heads(scope))),
        tabs=SHOWN, help="In the selected layer: their output is replaced by zeros.",
    )  # fmt: skip
    masked: str = several(
        "Hidden tokens", places, elsewhere=True, help="In the selected layer no token can attend to them."
    )
    count: int = whole("Held-out sentences", 200, low=50, high=1000, step=50, tabs=REFERENCE)
    hidden: bool = switch(
        "Mask the pronoun", False, tabs=REFERENCE, help="On: the model's input has the pronoun masked."
    )
