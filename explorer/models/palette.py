"""What the values of a written picture mean as colours."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Integer, UInt8

from explorer.errors import PictureError

__all__ = ["Palette", "clusters_palette", "levels_palette"]


@dataclass(frozen=True, eq=False)
class Palette:
    """Values 0 … levels − 1 of each channel, as uint8 colours and back.

    One channel without `colours` is grey, three are red, green and blue; with `colours` (levels x 3) a value
    is a colour of its own.
    """

    levels: int
    channels: int
    colours: UInt8[np.ndarray, "levels 3"] | None = None

    def pixels(
        self, values: Integer[np.ndarray, "height width channels"]
    ) -> UInt8[np.ndarray, "height width 3"]:
        """The picture, red, green and blue. A value below 0 is drawn as 0."""
        values = np.maximum(values, 0)
        if self.colours is not None:
            return self.colours[values[..., 0]]
        shades = np.rint(values * (255 / (self.levels - 1))).astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(shades, (*values.shape[:2], 3)))

    def colour(self, value: int, channel: int) -> str:
        """One value of one channel as #rrggbb."""
        shown = np.zeros((1, 1, self.channels), np.int64)
        shown[0, 0, channel] = value
        red, green, blue = (int(pixel) for pixel in self.pixels(shown)[0, 0])
        return f"#{red:02x}{green:02x}{blue:02x}"

    def name(self, channel: int) -> str:
        """What a channel is called."""
        return (
            ("red", "green", "blue")[channel]
            if self.channels == 3
            else "colour"
            if self._clusters
            else "grey"
        )

    def values(
        self, pixels: UInt8[np.ndarray, "rows columns 3"], height: int, width: int
    ) -> Int[np.ndarray, "height width channels"]:
        """Any picture as values of a canvas of this size: its largest centred part of the canvas's shape,
        averaged over each pixel, to the level whose part of 0 … 255 it lies in or to the nearest colour.

        Raises:
            PictureError: it has no pixels.
        """
        if not pixels.size:
            raise PictureError("The picture has no pixels")
        return self.nearest(shrunk(pixels, height, width))

    def nearest(
        self, colours: Float[np.ndarray, "height width 3"]
    ) -> Int[np.ndarray, "height width channels"]:
        """Values of colours from 0 to 255: levels are equal parts of that range, colours the nearest ones."""
        if self.colours is not None:
            flat = colours.reshape(-1, 1, 3)
            apart = ((flat - self.colours[None].astype(float)) ** 2).sum(-1)
            return apart.argmin(-1).reshape(*colours.shape[:2], 1)
        if self.channels == 1:
            colours = colours @ np.array([[0.299], [0.587], [0.114]])
        return np.floor((colours + 0.5) * (self.levels / 256)).clip(0, self.levels - 1).astype(np.int64)

    @property
    def _clusters(self) -> bool:
        return self.colours is not None


def levels_palette(levels: int, channels: int) -> Palette:
    """Evenly spaced intensities of grey, or of red, green and blue."""
    return Palette(levels, channels)


def clusters_palette(clusters: Float[np.ndarray, "levels 3"]) -> Palette:
    """Colours given as numbers from −1 to 1, as ImageGPT's are."""
    colours = np.rint((clusters + 1) * 127.5).clip(0, 255).astype(np.uint8)
    return Palette(len(colours), 1, colours)


def shrunk(
    pixels: UInt8[np.ndarray, "rows columns 3"], height: int, width: int
) -> Float[np.ndarray, "height width 3"]:
    """The largest centred part of the shape height : width, each of its new pixels the mean of what it covers.
    A picture smaller than the canvas is repeated pixel by pixel, not blurred."""
    rows, columns = pixels.shape[:2]
    scale = min(rows / height, columns / width)
    down, across = height * scale, width * scale
    top, left = (rows - down) / 2, (columns - across) / 2
    weigh_rows = _cover(top, down, rows, height)
    weigh_columns = _cover(left, across, columns, width)
    return np.einsum("ir,rck,jc->ijk", weigh_rows, pixels.astype(float), weigh_columns, optimize=True)


def _cover(start: float, extent: float, old: int, new: int) -> Float[np.ndarray, "new old"]:
    """How much of each old cell lies in each new one; rows sum to 1."""
    edges = start + np.arange(new + 1) * (extent / new)
    low = np.maximum(edges[:-1, None], np.arange(old))
    high = np.minimum(edges[1:, None], np.arange(1, old + 1))
    share = np.maximum(high - low, 0.0)
    return share / share.sum(1, keepdims=True)
