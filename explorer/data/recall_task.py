"""The recall task: among random letters stands one marker; the answer is the letter that followed it."""

from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.errors import ControlError
from explorer.zoo.sequence_models import SYMBOLS

__all__ = [
    "FARTHEST",
    "LENGTH",
    "MARKER",
    "SIGN",
    "Recall",
    "read_sequence",
    "recall_sequences",
    "spoken",
    "with_distance",
]

MARKER = SYMBOLS
FARTHEST = 256
LENGTH = FARTHEST + 2
LETTERS = "abcdefghijklmnop"
SIGN = "*"


@dataclass(frozen=True, eq=False)
class Recall:
    """Sequences and what is to be recalled at their end."""

    numbers: Int[Tensor, "count length"]
    answers: Int[Tensor, " count"]
    distances: Int[Tensor, " count"]
    """Steps from the answer's letter to the last place."""


def recall_sequences(
    count: int, distance: int | Tensor, *, length: int = LENGTH, generator: torch.Generator | None = None
) -> Recall:
    """Random sequences with the answer `distance` steps before the end, one distance for all or one for each.

    Raises:
        ControlError: marker and letter do not lie within the sequence.
    """
    distances = torch.as_tensor(distance).expand(count)
    if count and not 1 <= int(distances.min()) <= int(distances.max()) <= length - 2:
        raise ControlError("The distance does not fit", why=f"of {length} places it can be 1 to {length - 2}")
    numbers = torch.randint(SYMBOLS, (count, length), generator=generator)
    rows, at = torch.arange(count), length - 1 - distances
    numbers[rows, at - 1] = MARKER
    return Recall(numbers, numbers[rows, at], distances)


def read_sequence(text: str) -> Recall:
    """A visitor's own sequence of letters a … p with one marker *, spaces ignored.

    Raises:
        ControlError: nothing, another character, no marker or more than one, nothing after it, or too long.
    """
    symbols = [character for character in text.lower() if not character.isspace()]
    if not symbols:
        raise ControlError("The sequence is empty", do="write letters from a to p, and one * as the marker")
    wrong = next((symbol for symbol in symbols if symbol not in LETTERS + SIGN), None)
    if wrong is not None:
        raise ControlError(f"{wrong!r} is no letter of the task", do="use a to p, and one * as the marker")
    if symbols.count(SIGN) != 1:
        many = f"has {symbols.count(SIGN)} markers" if SIGN in symbols else "has no marker"
        raise ControlError(f"The sequence {many}", do="put in one *, before the letter to be recalled")
    if len(symbols) > LENGTH:
        raise ControlError(f"The sequence has {len(symbols)} places", why=f"{LENGTH} at most can be read")
    at = symbols.index(SIGN) + 1
    if at >= len(symbols) - 1:
        raise ControlError("Nothing has to be recalled", do="put the marker and two letters or more after it")
    numbers = torch.tensor([[MARKER if symbol == SIGN else LETTERS.index(symbol) for symbol in symbols]])
    return Recall(numbers, numbers[:, at], torch.tensor([len(symbols) - 1 - at]))


def with_distance(text: str, distance: int) -> str:
    """The visitor's sequence with its marker moved, so that the letter after it stands that many steps before the end.

    Raises:
        ControlError: it is no sequence of the task, or too short for that distance.
    """
    letters = spoken(read_sequence(text).numbers[0]).replace(SIGN, "")
    if not 1 <= distance < len(letters):
        raise ControlError(
            "The distance does not fit", why=f"of {len(letters) + 1} places it can be 1 to {len(letters) - 1}"
        )
    at = len(letters) - 1 - distance
    return letters[:at] + SIGN + letters[at:]


def spoken(numbers: Int[Tensor, " length"]) -> str:
    """The sequence as text."""
    return "".join((LETTERS + SIGN)[number] for number in numbers.tolist())
