"""A generation as an animation, and a sample as a picture file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from explorer.export.gif import as_gif
from explorer.figures.canvas import UNWRITTEN, enlarged

if TYPE_CHECKING:
    from explorer.models.sampler import Sampler

__all__ = ["film", "still"]

FRAMES = 120
"""At most, however many values are generated."""
SIDE = 320
"""Of the files, in pixels."""


def film(writer: Sampler, sample: int) -> Callable[[], bytes]:
    """What makes the GIF. It holds copies, so that it may run later and in another thread."""
    picture, steps, palette = writer.picture(sample), writer.model.blocks.steps, writer.model.palette
    counts = np.unique(np.linspace(0, writer.written, FRAMES + 1).round().astype(int))

    def make() -> bytes:
        frames = []
        for count in counts:
            past = np.where(steps < count, picture, -1)
            frame = palette.pixels(past)
            frame[~(past >= 0).any(-1)] = UNWRITTEN[:3]
            frames.append(frame)
        return as_gif([_still(frame) for frame in frames], milliseconds=6000 / len(frames))

    return make


def still(writer: Sampler, sample: int) -> Callable[[], bytes]:
    """What makes the PNG of a sample, enlarged."""
    pixels = writer.pixels(sample)

    def make() -> bytes:
        out = io.BytesIO()
        _still(pixels).save(out, "PNG")
        return out.getvalue()

    return make


def _still(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(enlarged(pixels, SIDE))
