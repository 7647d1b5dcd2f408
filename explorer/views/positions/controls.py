"""What can be set on the page *Positional encoding*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.views.controls import choice, model, picture, real, switch, whole

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["Controls"]

CODES, MOVE, COMPARE, PHOTOGRAPH = ("codes",), ("move",), ("compare",), ("photograph",)


def codes(scope: Scope) -> tuple[str, ...]:
    from explorer.models.position_vit import CODES as KNOWN

    return tuple(KNOWN)


@dataclass(frozen=True)
class Controls:
    """What can be set. Rows, columns, layers and heads are counted from 1."""

    part: str = choice("Part", "codes", (*CODES, *MOVE, *COMPARE, *PHOTOGRAPH))
    picture: str = picture(default="dog", parts=PHOTOGRAPH)
    model: str = model("Model", "vit", ("vit", "hybrid"), parts=PHOTOGRAPH)
    code: str = choice(
        "Positions",
        "learned-2d",
        codes,
        parts=(*CODES, *MOVE),
        help="Small vision transformers alike but for this.",
    )
    seed: int = whole(
        "Training",
        1,
        low=1,
        high=3,
        parts=(*CODES, *MOVE),
        help="Each was trained three times, from another seed.",
    )
    trained: bool = switch(
        "Trained", True, parts=(*CODES, *MOVE, *COMPARE), help="Off: the same models with random weights."
    )
    row: int = whole("Row", 3, low=1, high=8, parts=(*CODES, *MOVE))
    column: int = whole("Column", 3, low=1, high=8, parts=(*CODES, *MOVE))
    layer: int = whole("Layer", 1, low=1, high=4, parts=(*CODES, *MOVE, *PHOTOGRAPH))
    head: int = whole("Head", 1, low=1, high=4, parts=(*CODES, *MOVE, *PHOTOGRAPH))
    width: int = whole(
        "Numbers in the sine code",
        64,
        low=8,
        high=256,
        step=8,
        parts=CODES,
        help="For the picture of its waves.",
    )
    digit: int = whole("Held-out digit", 1, low=1, high=360, parts=MOVE, help="None of them was learnt from.")
    share: float = real(
        "Share shuffled", 1.0, low=0.0, high=1.0, parts=MOVE, help="So many of the 64 patches change places."
    )
    shuffle: int = whole(  # the table of right answers has every order
        "Shuffle", 1, low=1, high=20, parts=(*MOVE, *COMPARE, *PHOTOGRAPH), help="Another order."
    )
    side: int = whole(
        "Picture's side", 12, low=6, high=16, parts=COMPARE, unit="pixels",
        help="Digits of 8 x 8 resized to this, and the positions with them.",
    )  # fmt: skip
