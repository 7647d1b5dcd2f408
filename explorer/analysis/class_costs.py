"""Which class a picture is of, asked of a model that writes pictures: the one under which it costs the fewest bits."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from explorer.analysis.generation import surprises
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.models.sampler import PictureSampler

__all__ = ["ClassCosts", "class_costs"]


@dataclass(frozen=True, eq=False)
class ClassCosts(Result):
    """The negative log-likelihood of a picture conditioned on each class."""

    classes: tuple[str, ...]
    bits: Float[np.ndarray, " classes"]

    def arrays(self) -> Arrays:
        return {"class": (np.array(self.classes), ""), "bits": (self.bits, "bit")}

    def numbers(self) -> Numbers:
        best = int(self.bits.argmin())
        return {"fewest": (self.classes[best], ""), "bits": (float(self.bits[best]), "bit")}

    def alt(self) -> str:
        best = int(self.bits.argmin())
        return f"A bar for each class; the shortest, {self.bits[best]:.4g} bits, is that of {self.classes[best]}."


def class_costs(
    model: PictureSampler, picture: Int[np.ndarray, "height width channels"], classes: int, *, count: int = 0
) -> Float[np.ndarray, " classes"]:
    """Bits that the first `count` values of the picture cost (0: all), told each class in turn."""
    labels = np.arange(classes)
    bits = surprises(model, np.repeat(picture[None], classes, 0), labels=labels)
    places = model.blocks.places[: count or None]
    return bits[(slice(None), *places.T)].sum(-1)
