"""Values put in by hand: a picture is its seed and these, so that a link can hold it and any step can be gone back to."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from explorer.errors import ControlError
from explorer.models.sampler import Sampler

__all__ = ["Edits", "go_to"]


@dataclass(frozen=True)
class Edits:
    """Pairs of step (from 0) and value, steps ascending."""

    pairs: tuple[tuple[int, int], ...] = ()

    @classmethod
    def read(cls, text: str) -> Edits:
        """From the words "12=5,30=0".

        Raises:
            ControlError: they are no such pairs, or their steps do not ascend.
        """
        try:
            pairs = tuple(
                (int(step), int(value))
                for step, value in (pair.split("=") for pair in text.replace(" ", "").split(",") if pair)
            )
        except ValueError:
            raise ControlError(
                "The values put in by hand cannot be read", do='write them as in "12=5,30=0": step = value'
            ) from None
        if any(later[0] <= earlier[0] for earlier, later in pairwise(pairs)):
            raise ControlError("The values put in by hand are not in the order of writing")
        return cls(pairs)

    def __str__(self) -> str:
        return ",".join(f"{step}={value}" for step, value in self.pairs)

    def written(self, step: int, value: int) -> Edits:
        """With this value at this step; what stood there or later is gone, as it is when one writes on."""
        return Edits((*(pair for pair in self.pairs if pair[0] < step), (step, value)))


def go_to(writer: Sampler, step: int, edits: Edits, *, before: Edits | None = None) -> None:
    """Bring a writer to where `step` values are written, with these edits in every sample, forward or back.

    `before` are the edits that what it has written holds; what agrees with them is not written again.

    Raises:
        ControlError: there is no such step or value.
    """
    total = writer.model.canvas.values
    if not 0 <= step <= total:
        raise ControlError(f"{step} values cannot be written", why=f"the picture has {total}")
    if edits.pairs and edits.pairs[-1][0] >= total:
        raise ControlError(
            f"Value {edits.pairs[-1][0]} cannot be put in", why=f"the last is {total - 1}, counted from 0"
        )
    differ = {at for at, _ in set(edits.pairs) ^ set((before or Edits()).pairs)}
    writer.rewind(min([writer.written, step, *differ]))
    for at, value in edits.pairs:
        if writer.written <= at < step:
            writer.step(at - writer.written)
            writer.set_value(at, value)
    writer.step(step - writer.written)
