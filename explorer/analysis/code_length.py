"""What simple ways of coding pictures cost, in bits a value: what a model must be better than."""

import io
from dataclasses import dataclass

import numpy as np
from jaxtyping import Integer
from PIL import Image

from explorer.analysis.result import Result
from explorer.models.palette import Palette

__all__ = ["CodeLengths", "code_lengths"]


@dataclass(frozen=True)
class CodeLengths(Result):
    """Bits a value over the same pictures, each way."""

    uniform: float
    """Every value as probable as any other."""
    histogram: float
    """Each channel's values by how often they are in the pictures learnt from, whatever is around them."""
    png: float
    """All pictures below one another in one file, so that its head counts little."""
    webp: float
    """The same, lossless WebP."""

    @property
    def best(self) -> float:
        return min(self.uniform, self.histogram, self.png, self.webp)


def code_lengths(
    pictures: Integer[np.ndarray, "pictures height width channels"],
    learnt: Integer[np.ndarray, "learnt height width channels"],
    palette: Palette,
) -> CodeLengths:
    """Baselines for pictures of values, beside a model's bits per dimension.

    The files hold 8 bits for each shade, PNG as few as the levels need: both are told which levels there are.
    """
    levels, channels = palette.levels, pictures.shape[-1]
    bits = []
    for channel in range(channels):
        counts = np.bincount(learnt[..., channel].ravel(), minlength=levels) + 1.0
        bits.append(-np.log2(counts / counts.sum())[pictures[..., channel]].mean())
    return CodeLengths(
        uniform=float(np.log2(levels)),
        histogram=float(np.mean(bits)),
        png=_bits_a_value(pictures, palette, "PNG"),
        webp=_bits_a_value(pictures, palette, "WEBP"),
    )


def _bits_a_value(pictures: np.ndarray, palette: Palette, kind: str, *, rows: int = 16_000) -> float:
    """Files of at most so many rows: WebP holds no more than 16,383."""
    at_once = max(1, rows // pictures.shape[1])
    size = sum(
        _file(pictures[start : start + at_once], palette, kind) for start in range(0, len(pictures), at_once)
    )
    return size * 8 / pictures.size


def _file(pictures: np.ndarray, palette: Palette, kind: str) -> int:
    """Bytes of the smallest file of the pictures in one column."""
    tall = pictures.reshape(-1, *pictures.shape[2:])
    images = []
    if pictures.shape[-1] == 1:
        indexed = Image.fromarray(tall[..., 0].astype(np.uint8), "L").convert("P")
        shades = palette.pixels(np.arange(palette.levels)[:, None, None])[:, 0]
        indexed.putdata(tall[..., 0].astype(np.uint8).ravel().tolist())
        indexed.putpalette(shades.ravel().tolist())
        images.append(indexed)
    if palette.colours is None:
        shown = palette.pixels(tall)
        images.append(Image.fromarray(shown) if pictures.shape[-1] == 3 else Image.fromarray(shown[..., 0]))
    sizes = []
    for image in images:
        written = io.BytesIO()
        if kind == "PNG":
            image.save(written, "PNG", optimize=True)
        else:
            image.convert("RGB").save(written, "WEBP", lossless=True, quality=100, method=6)
        sizes.append(written.tell())
    return min(sizes)
