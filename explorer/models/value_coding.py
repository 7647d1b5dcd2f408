"""What a slot of the sequence is fed: the values before it, and where the value to be written lies.

Parmar et al. 2018, section 3.1.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from explorer.models.memory_blocks import Canvas, MemoryBlocks

__all__ = [
    "CoordinateCoding",
    "ValueEmbedding",
    "intensities",
    "low_codes",
    "of_pixels",
    "scaled",
    "sine_codes",
    "source_steps",
]


def source_steps(
    blocks: MemoryBlocks, neighbours: Sequence[Sequence[int]], low: tuple[int, int] | None = None
) -> Int[np.ndarray, "steps sources"]:
    """Which values are fed to each slot: the one written just before, as in the paper, and those at (rows,
    columns) or (rows, columns, channels) from it, where they have been written; −1 where there is none.

    Where `low` is given, last comes the same channel of the pixel that lies over the slot's in a smaller picture
    of `low` = (rows, columns) pixels; its values are counted on from the canvas's. Of blocks of whole pixels, see
    `of_pixels`.
    """
    canvas, places = blocks.canvas, blocks.places
    size = (canvas.height, canvas.width, canvas.channels)
    steps = np.arange(canvas.values)
    sources = [steps - 1]
    for away in neighbours:
        place = places + np.array([*away, 0][:3])
        inside = ((place >= 0) & (place < size)).all(1)
        source = blocks.steps[tuple(np.where(inside[:, None], place, 0).T)]
        sources.append(np.where(inside & (source < steps), source, -1))
    if low is not None:
        row, column = places[:, 0] * low[0] // canvas.height, places[:, 1] * low[1] // canvas.width
        sources.append(canvas.values + (row * low[1] + column) * canvas.channels + places[:, 2])
    return np.stack(sources, -1)


def of_pixels(sources: Int[np.ndarray, "slots pixels"], channels: int) -> Int[np.ndarray, "slots sources"]:
    """Sources that count pixels, as those of a canvas of one channel do: each of them all values of that pixel."""
    values = sources[..., None] * channels + np.arange(channels)
    return np.where(sources[..., None] < 0, -1, values).reshape(len(sources), -1)


def intensities(
    values: Int[Tensor, "*any"], levels: int, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "*any"]:
    """Values as numbers from −1 to 1; 0 where nothing is written, which the value `levels` stands for."""
    return torch.where(values < levels, scaled(values, levels, dtype), 0.0)


def scaled(values: Int[Tensor, "*any"], levels: int, dtype: torch.dtype) -> Float[Tensor, "*any"]:
    """The same of values that are all written."""
    return values.to(dtype) * (2 / (levels - 1)) - 1


class ValueEmbedding(nn.Module):
    """Vectors of the values fed to a slot, one table for each source and colour channel.

    Categorical: a vector for each of the `levels` intensities, as for words. Ordinal: one vector times the
    intensity in [−1, 1], and a constant one, so that near intensities have near vectors; this is what the
    paper's strided convolution over a pixel's channels does to each of them.
    """

    def __init__(self, levels: int, channels: int, sources: int, width: int, *, ordinal: bool) -> None:
        super().__init__()
        self.levels, self.channels, self.sources, self.ordinal = levels, channels, sources, ordinal
        tables = sources * channels
        if ordinal:
            self.slope = nn.Parameter(torch.randn(tables, width) * 0.5)
            self.offset = nn.Parameter(torch.randn(tables, width) * 0.1)
            self.nothing = nn.Parameter(torch.randn(tables, width) * 0.5)
        else:
            self.table = nn.Parameter(torch.randn(tables * (levels + 1), width) * 0.5 / sources**0.5)

    def forward(
        self, values: Int[Tensor, "batch slots sources"], channel: Int[Tensor, "slots sources"]
    ) -> Float[Tensor, "batch slots sources width"]:
        """The vectors of values of these channels; the value `levels` stands for nothing written."""
        table = self._tables(channel)
        if not self.ordinal:
            return F.embedding(values + table * (self.levels + 1), self.table)
        intensity = scaled(values, self.levels, self.slope.dtype)[..., None]
        written = (values < self.levels)[..., None]
        return torch.where(written, self.slope[table] * intensity + self.offset[table], self.nothing[table])

    def linear(
        self, channel: Int[Tensor, "slots sources"], written: Bool[Tensor, "slots sources"]
    ) -> tuple[Float[Tensor, "slots sources width"], Float[Tensor, "slots width"]]:
        """Of ordinal values the matrix and the constant by which their intensities give the sum of their vectors."""
        table = self._tables(channel)
        constant = torch.where(written[..., None], self.offset[table], self.nothing[table]).sum(1)
        if bool((table == table[0]).all()):  # one matrix for all slots
            return self.slope[table[0]].expand(len(table), -1, -1), constant
        return self.slope[table], constant

    def _tables(self, channel: Int[Tensor, "slots sources"]) -> Int[Tensor, "slots sources"]:
        return channel + self.channels * torch.arange(self.sources, device=channel.device)


class CoordinateCoding(nn.Module):
    """A code of the coordinates of the value to be written: half of it for the row, half for column and
    channel together; sines and cosines of different wavelengths, or learned."""

    def __init__(self, blocks: MemoryBlocks, width: int, *, learned: bool) -> None:
        super().__init__()
        canvas, (rows, columns, channels) = blocks.canvas, blocks.places.T
        across = columns * canvas.channels + channels
        self.learned = learned
        if learned:
            self.rows = nn.Parameter(torch.randn(canvas.height, width // 2) * 0.1)
            self.columns = nn.Parameter(torch.randn(canvas.width * canvas.channels, width // 2) * 0.1)
            self.register_buffer("row", torch.from_numpy(rows.copy()), persistent=False)
            self.register_buffer("across", torch.from_numpy(across), persistent=False)
        else:
            self.register_buffer("codes", sine_codes(rows, across, width), persistent=False)

    def forward(self) -> Float[Tensor, "slots width"]:
        if self.learned:
            return torch.cat([self.rows[self.row], self.columns[self.across]], -1)
        return self.codes


def sine_codes(rows: np.ndarray, columns: np.ndarray, width: int) -> Float[Tensor, "places width"]:
    """Sines and cosines of coordinates at geometric wavelengths from 2π to about 2000π."""
    waves = width // 4
    frequencies = 1000.0 ** (-np.arange(waves) / waves)
    angles = [np.asarray(coordinate, float)[:, None] * frequencies for coordinate in (rows, columns)]
    halves = [np.concatenate([np.sin(angle), np.cos(angle)], -1) for angle in angles]
    return torch.from_numpy(np.concatenate(halves, -1)).float()


def low_codes(canvas: Canvas, low: tuple[int, int], width: int) -> Float[Tensor, "places width"]:
    """Codes of a smaller picture's pixels, each at the centre of what it covers of the canvas."""
    row, column = (axis.ravel() for axis in np.mgrid[: low[0], : low[1]])
    down, across = canvas.height / low[0], canvas.width / low[1]
    columns = ((column + 0.5) * across - 0.5) * canvas.channels + (canvas.channels - 1) / 2
    return sine_codes((row + 0.5) * down - 0.5, columns, width)
