"""What can be set on the page *Positional encoding*."""

from dataclasses import dataclass

from explorer.views.controls import choice, model, picture, real, switch, whole
from explorer.views.scope import Scope

__all__ = ["Controls"]

ENCODINGS, MOVE, COMPARE, PHOTOGRAPH = ("encodings",), ("move",), ("compare",), ("photograph",)


def encodings(scope: Scope) -> tuple[str, ...]:
    from explorer.models.position_vit import CODES

    return tuple(CODES)


@dataclass(frozen=True)
class Controls:
    """What can be set. Rows, columns, layers and heads are counted from 1."""

    tab: str = choice("Tab", "encodings", (*ENCODINGS, *MOVE, *COMPARE, *PHOTOGRAPH))
    picture: str = picture(default="dog", tabs=PHOTOGRAPH)
    model: str = model("Model", "vit", ("vit", "hybrid"), tabs=PHOTOGRAPH)
    encoding: str = choice(
        "Positional encoding",
        "learned-2d",
        encodings,
        tabs=(*ENCODINGS, *MOVE),
        help="Small vision transformers that differ in this alone.",
    )
    seed: int = whole(
        "Training", 1, low=1, high=3, tabs=(*ENCODINGS, *MOVE), help="Each was trained with three seeds."
    )
    trained: bool = switch(
        "Trained", True, tabs=(*ENCODINGS, *MOVE, *COMPARE), help="Off: the same models with random weights."
    )
    row: int = whole("Row", 3, low=1, high=8, tabs=(*ENCODINGS, *MOVE))
    column: int = whole("Column", 3, low=1, high=8, tabs=(*ENCODINGS, *MOVE))
    layer: int = whole("Layer", 1, low=1, high=4, tabs=(*ENCODINGS, *MOVE, *PHOTOGRAPH))
    head: int = whole("Head", 1, low=1, high=4, tabs=(*ENCODINGS, *MOVE, *PHOTOGRAPH))
    width: int = whole("Width of the sinusoidal encoding", 64, low=8, high=256, step=8, tabs=ENCODINGS)
    digit: int = whole("Held-out digit", 1, low=1, high=360, tabs=MOVE, help="No model was trained on them.")
    share: float = real("Share shuffled", 1.0, low=0.0, high=1.0, tabs=MOVE, help="Of the 64 patches.")
    shuffle: int = whole(  # the table of accuracies has every order
        "Shuffle seed",
        1,
        low=1,
        high=20,
        tabs=(*MOVE, *COMPARE, *PHOTOGRAPH),
        help="Each gives another order.",
    )
    side: int = whole(
        "Side of the picture", 12, low=6, high=16, tabs=COMPARE, unit="pixels",
        help="Digits of 8 x 8 resized to this, and the positions with them.",
    )  # fmt: skip
