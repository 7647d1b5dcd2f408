"""A picture made small and enlarged again: by repeating pixels, by bicubic interpolation, and by a model's samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from explorer.analysis.result import Arrays, Result
from explorer.models.palette import levels_palette

__all__ = ["Enlarged", "enlarged", "made_small"]

Pixels = UInt8[np.ndarray, "_ _ 3"]


@dataclass(frozen=True, eq=False)
class Enlarged(Result):
    """The small picture, and what it became, by how."""

    small: Pixels
    pictures: Mapping[str, Pixels]

    @property
    def size(self) -> str:
        return f"{self.small.shape[0]} × {self.small.shape[1]}"

    def arrays(self) -> Arrays:
        arrays = {self.size: self.small, **self.pictures}
        return {name.split(",")[0].replace(" × ", "x"): (values, "") for name, values in arrays.items()}

    def alt(self) -> str:
        side = len(next(iter(self.pictures.values())))
        return f"The picture at {self.size} pixels, and at {side} × {side}: {', '.join(self.pictures)}."


def made_small(pixels: Pixels, rows: int, columns: int) -> Pixels:
    """The means of the picture's middle, in so many rows and columns."""
    return levels_palette(256, 3).values(pixels, rows, columns).astype(np.uint8)


def enlarged(pixels: Pixels, small: Pixels, side: int, *, samples: Sequence[Pixels] = ()) -> Enlarged:
    """The small picture at `side` pixels, beside the original and the samples of a model that was given it."""

    def resized(how: Image.Resampling) -> np.ndarray:
        return np.asarray(Image.fromarray(small).resize((side, side), how))

    return Enlarged(
        small,
        {
            "nearest": resized(Image.Resampling.NEAREST),
            "bicubic": resized(Image.Resampling.BICUBIC),
            f"original, {side} × {side}": made_small(pixels, side, side),
            **{f"sample {number}": sample for number, sample in enumerate(samples, 1)},
        },
    )
