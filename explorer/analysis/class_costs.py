"""Which class a picture is of, asked of a model that writes pictures: the one under which it costs the fewest bits."""

import numpy as np
from jaxtyping import Float, Int

from explorer.analysis.generation import surprises
from explorer.models.sampler import PictureSampler

__all__ = ["class_costs"]


def class_costs(
    model: PictureSampler, picture: Int[np.ndarray, "height width channels"], classes: int, *, count: int = 0
) -> Float[np.ndarray, " classes"]:
    """Bits that the first `count` values of the picture cost (0: all), told each class in turn."""
    labels = np.arange(classes)
    bits = surprises(model, np.repeat(picture[None], classes, 0), labels=labels)
    places = model.blocks.places[: count or None]
    return bits[(slice(None), *places.T)].sum(-1)
