"""Drawings as frames, and pictures one after the other as an animated GIF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    from explorer.export.drawing import Drawing

__all__ = ["as_frame", "as_gif"]

WIDTH, STRIP = 900, 40
"""Pixels: how wide a frame is, and how high the line above the figure."""


def as_gif(frames: Sequence[Image], *, milliseconds: float, hold: float = 1500, comment: str = "") -> bytes:
    """The frames, the last of them held for `hold` ms. One palette for all, so that what does not change keeps its colours;
    smaller frames are set on white."""
    from PIL import Image

    wide, high = max(frame.width for frame in frames), max(frame.height for frame in frames)
    sheet = Image.new("RGB", (wide, high * len(frames)), "white")
    for at, frame in enumerate(frames):
        sheet.paste(frame, (0, at * high))
    whole = sheet.quantize(method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    images = [whole.crop((0, at * high, wide, (at + 1) * high)) for at in range(len(frames))]
    # GIF counts hundredths of a second, and browsers slow down what is faster than two of them.
    pause = max(20, round(milliseconds / 10) * 10)
    written = io.BytesIO()
    images[0].save(
        written,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=[pause] * (len(images) - 1) + [hold],
        loop=0,
        optimize=False,
        comment=comment.encode("ascii"),
    )
    return written.getvalue()


def as_frame(drawing: Drawing, title: str) -> Image:
    """The drawing under a line that says this.

    Raises:
        ExportError: there is no Chromium.
    """
    from PIL import Image, ImageDraw, ImageFont

    from explorer.export.chromium import CHROMIUM
    from explorer.export.layout import lay_out
    from explorer.export.style import PaperStyle

    sheet = lay_out(drawing, PaperStyle(caption=False))
    figure = Image.open(io.BytesIO(CHROMIUM.draw(sheet, "png", scale=WIDTH / sheet.width))).convert("RGB")
    frame = Image.new("RGB", (figure.width, figure.height + STRIP), "white")
    frame.paste(figure, (0, STRIP))
    ImageDraw.Draw(frame).text((12, 8), title, fill="#1d2433", font=ImageFont.load_default(22))
    return frame
