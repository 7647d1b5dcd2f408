"""True boxes of a photograph, the gallery's or the visitor's own, as one word of a page's address.

`cat_10_20.5_100_200~dog_0_0_50_50`: kind, top, left, bottom, right in photograph pixels.
"""

from collections.abc import Collection, Sequence

from explorer.errors import ControlError
from explorer.gallery import PHOTOGRAPHS
from explorer.geometry import Box

__all__ = ["MOST_BOXES", "TypedBox", "read_boxes", "true_boxes", "write_boxes"]

MOST_BOXES = 100

TypedBox = tuple[str, Box]
"""Kind and box."""


def read_boxes(text: str) -> tuple[TypedBox, ...]:
    """The boxes of a word.

    Raises:
        ControlError: it does not say boxes, or too many.
    """
    words = [word for word in text.split("~") if word]
    if len(words) > MOST_BOXES:
        raise ControlError(f"{len(words)} true boxes are too many", why=f"at most {MOST_BOXES} are taken")
    boxes = []
    for word in words:
        kind, *sides = word.rsplit("_", 4)
        try:
            top, left, bottom, right = map(float, sides)
        except ValueError as error:
            raise ControlError(
                f"{word[:40]!r} is no box",
                why="a box is written kind_top_left_bottom_right, such as cat_10_20_100_200",
            ) from error
        boxes.append((kind, Box(top, left, bottom, right)))
    return tuple(boxes)


def true_boxes(picture: str, written: str, kinds: Collection[str]) -> tuple[TypedBox, ...]:
    """What the visitor wrote; where that is nothing, what is known of a photograph of the gallery, as far as it is of
    those kinds.

    Raises:
        ControlError: what the visitor wrote describes no boxes.
    """
    if written or picture not in PHOTOGRAPHS:
        return read_boxes(written)
    return tuple((kind, box) for kind, box in read_boxes(PHOTOGRAPHS[picture].objects) if kind in kinds)


def write_boxes(boxes: Sequence[TypedBox]) -> str:
    """The boxes as one word; sides to a tenth of a pixel."""
    return "~".join(
        "_".join([kind, *(f"{side:.1f}".removesuffix(".0") for side in _sides(box))]) for kind, box in boxes
    )


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.top, box.left, box.bottom, box.right
