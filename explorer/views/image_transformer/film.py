"""The generation as an animation, and a sample as a picture file."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from explorer.export.gif import as_gif
from explorer.figures.canvas import UNWRITTEN, enlarged
from explorer.views.image_transformer.controls import Controls
from explorer.views.image_transformer.writing import writer_at
from explorer.views.scope import Scope

__all__ = ["film", "still"]

FRAMES = 120
"""At most, however many values are generated."""
SIDE = 320
"""Of the files, in pixels."""


def film(controls: Controls, scope: Scope) -> Callable[[], bytes]:
    """What makes the GIF. It holds copies, so that it may run later and in another thread."""
    writer = writer_at(controls, scope)
    picture, steps, palette = (
        writer.picture(controls.sample - 1),
        writer.model.blocks.steps,
        writer.model.palette,
    )
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


def still(controls: Controls, scope: Scope) -> Callable[[], bytes]:
    """What makes the PNG of the sample that is watched, enlarged."""
    pixels = writer_at(controls, scope).pixels(controls.sample - 1)

    def make() -> bytes:
        out = io.BytesIO()
        _still(pixels).save(out, "PNG")
        return out.getvalue()

    return make


def _still(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(enlarged(pixels, SIDE))
