"""The Image Transformer: a picture as a sequence of values, each predicted from those written before it.

Parmar, Vaswani, Uszkoreit, Kaiser, Shazeer, Ku, Tran, "Image Transformer", ICML 2018. Where its parts are:

- section 3.1, intensities as categories or ordinals, coordinate codes: `value_coding`
- section 3.2, a layer of self-attention and of two position-wise maps with ReLU (equations 1 and 2): `Layer`.
  The norms stand before each half of the layer and not after, which trains without a long warm-up
- section 3.3 and figure 1, local attention in one and in two dimensions: `memory_blocks`
- section 3.4 and 5.3, the encoder of a low-resolution picture that the decoder attends to: `low`
- section 4, categorical distribution and discretised mixture of logistics: `value_output`
- section 5.2, conditioning on a class by a vector added to every position: `classes`
- section 3.1, ordinals whose channels are put together, so that the sequence is one of pixels: `whole_pixels`
- generation, one value at a time: `sampler` and `block_cache`

Two things are not in the paper. `neighbours`: besides the value written just before, a slot may be fed others
near it, and the pixel over it of the picture that is enlarged (`overlaid`). `linear`: what a slot is fed also moves the means of its mixture (`value_output`), so that a short
training need not learn first to copy a neighbour.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from explorer.errors import AnalysisError, ControlError
from explorer.models.block_cache import BlockCache
from explorer.models.memory_blocks import Canvas, MemoryBlocks
from explorer.models.palette import Palette, levels_palette
from explorer.models.transformer_layer import Blocked, Layer
from explorer.models.value_coding import (
    CoordinateCoding,
    ValueEmbedding,
    intensities,
    low_codes,
    of_pixels,
    source_steps,
)
from explorer.models.value_output import Categorical, LogisticMixture

__all__ = ["ImageTransformer"]


class ImageTransformer(nn.Module):
    """Probabilities of every value given those before it, in one parallel pass or one step at a time."""

    def __init__(
        self,
        *,
        height: int,
        width: int,
        channels: int = 1,
        levels: int = 256,
        dim: int = 128,
        depth: int = 6,
        heads: int = 4,
        hidden: int | None = None,
        attention: str = "full",
        query: Sequence[int] = (),
        memory: Sequence[int] = (),
        order_block: Sequence[int] | None = None,
        neighbours: Sequence[Sequence[int]] = (),
        ordinal: bool = False,
        learned_positions: bool = False,
        output: str = "categorical",
        linear: bool = False,
        classes: int = 0,
        low: Sequence[int] | None = None,
        encoder_depth: int = 2,
        overlaid: bool = False,
        whole_pixels: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if dim % 4 or dim % heads:
            raise ControlError(
                f"A width of {dim} cannot be had", do="choose a multiple of 4 and of the heads"
            )
        if output not in ("categorical", "logistic"):
            raise ControlError(f"There is no output called {output!r}", do="choose categorical or logistic")
        if linear and output != "logistic":
            raise ControlError("Only a mixture's means can be moved", do="choose the logistic output")
        if whole_pixels and not (ordinal and output == "logistic"):
            raise ControlError(
                "Only ordinal values and a mixture can be put together to pixels",
                do="choose ordinal and the logistic output",
            )
        self.levels, self.classes = levels, classes
        self.low = None if low is None else (int(low[0]), int(low[1]))
        self.dim, self.heads = dim, heads
        order = None if order_block is None else (int(order_block[0]), int(order_block[1]))
        self.blocks = MemoryBlocks(
            Canvas(height, width, channels),
            attention,
            tuple(query),
            tuple(memory),
            order,  # type: ignore[arg-type]
        )
        self.together = channels if whole_pixels else 1
        """Values that a slot writes: one, or those of a pixel."""
        self.slot_blocks = self.blocks.of_pixels() if whole_pixels else self.blocks
        """Which slots each slot sees; `blocks` says it of values."""
        sources = source_steps(self.slot_blocks, neighbours, self.low if overlaid else None)
        if whole_pixels:
            sources, tables = of_pixels(sources, channels), 1
            channel = np.zeros_like(sources)  # each source is of one channel, the same for every slot
        else:
            values, tables = self.blocks.canvas.values, channels
            written = np.where((sources >= 0) & (sources < values), sources, 0)
            channel = np.where(sources < values, self.blocks.places[written, 2], sources % channels)
            channel[sources < 0] = 0
        self.register_buffer("sources", torch.from_numpy(sources), persistent=False)
        self.register_buffer("source_channels", torch.from_numpy(channel), persistent=False)
        self.embedding = ValueEmbedding(levels, tables, sources.shape[1], dim, ordinal=ordinal)
        self.coordinates = CoordinateCoding(self.slot_blocks, dim, learned=learned_positions)
        self.class_embedding = nn.Parameter(torch.randn(classes, dim) * 0.1) if classes else None
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            Layer(dim, heads, hidden or 4 * dim, cross=low is not None, dropout=dropout) for _ in range(depth)
        )
        self.blocked = Blocked(self.slot_blocks, heads)
        self.norm = nn.LayerNorm(dim)
        self.linear = linear
        self.output = (
            Categorical(dim, levels)
            if output == "categorical"
            else LogisticMixture(
                dim, levels, channels=self.together, sources=sources.shape[1] if linear else 0
            )
        )
        if self.low is not None:
            self.low_embedding = ValueEmbedding(levels, channels, channels, dim, ordinal=ordinal)
            self.register_buffer(
                "low_codes", low_codes(self.slot_blocks.canvas, self.low, dim), persistent=False
            )
            self.encoder = nn.ModuleList(
                Layer(dim, heads, hidden or 4 * dim, dropout=dropout) for _ in range(encoder_depth)
            )
            self.encoder_norm = nn.LayerNorm(dim)

    @property
    def depth(self) -> int:
        return len(self.layers)

    @property
    def canvas(self) -> Canvas:
        return self.blocks.canvas

    @property
    def palette(self) -> Palette:
        """What the values mean as colours."""
        return levels_palette(self.levels, self.canvas.channels)

    def no_weight_decay(self) -> set[str]:
        """Vectors of values, coordinates and classes: decay would only shorten the rare ones."""
        return {
            name
            for name, _ in self.named_parameters()
            if name.startswith(("embedding.", "coordinates.", "class_embedding", "low_embedding."))
        }

    def forward(
        self,
        values: Int[Tensor, "batch steps"],
        labels: Int[Tensor, " batch"] | None = None,
        low: Int[Tensor, "batch low_height low_width channels"] | None = None,
        *,
        length: int | None = None,
    ) -> Float[Tensor, "batch length levels"]:
        """Logits of the first `length` values (None: all), each computed from the values before it alone.

        `values` are in the order of writing; what stands at a step and after it does not change its logits.

        Raises:
            AnalysisError: the class or the low-resolution picture that the model is told is missing.
        """
        fed = self.fed(values, self.stop(length), low)
        x = self.slots(self.look_up(fed), labels)
        near = self.near(fed)
        return self.decode(x, self.encode(low, len(values)), near=near, values=values)[:, :length]

    def stop(self, length: int | None) -> int:
        """How many slots must be computed for the first `length` values; None: for all."""
        return self.blocked.stop(None if length is None else -(-length // self.together))

    def log_likelihood(
        self,
        values: Int[Tensor, "batch steps"],
        labels: Int[Tensor, " batch"] | None = None,
        low: Int[Tensor, "batch low_height low_width channels"] | None = None,
    ) -> Float[Tensor, "batch steps"]:
        """Natural logarithm of every value's probability, given the values before it; sums to the picture's."""
        fed = self.fed(values, self.stop(None), low)
        x = self.decoded(self.slots(self.look_up(fed), labels), self.encode(low, len(values)))
        return self.output.log_probability(x, values, self.near(fed))

    def fed(
        self,
        values: Int[Tensor, "batch steps"],
        stop: int,
        low: Int[Tensor, "batch low_height low_width channels"] | None = None,
    ) -> Int[Tensor, "batch slots sources"]:
        """The values fed to slots 0 … stop − 1; the value `levels` stands for nothing written.

        Raises:
            AnalysisError: the model enlarges a picture, and none of its size is given.
        """
        return self.sourced(self._filled(values), low)[:, self.sources[:stop]]

    def sourced(
        self,
        values: Int[Tensor, "batch steps"],
        low: Int[Tensor, "batch low_height low_width channels"] | None,
    ) -> Int[Tensor, "batch sourced"]:
        """What `sources` counts: the canvas's values, those of the smaller picture, and at last nothing."""
        nothing = values.new_full((len(values), 1), self.levels)
        low_values = [] if self.low is None else [self.checked(low, len(values)).flatten(1)]
        return torch.cat([values, *low_values, nothing], 1)

    def look_up(self, fed: Int[Tensor, "batch slots sources"]) -> Float[Tensor, "batch slots sources width"]:
        """The vectors of the values fed to the first slots, one for each source."""
        return self.embedding(fed, self.source_channels[: fed.shape[1]])

    def near(self, fed: Int[Tensor, "*slots sources"]) -> Float[Tensor, "*slots sources"] | None:
        """The intensities that move the means of a mixture; None where nothing does."""
        return intensities(fed, self.levels, self.norm.weight.dtype) if self.linear else None

    def slots(
        self, looked_up: Float[Tensor, "batch slots sources width"], labels: Int[Tensor, " batch"] | None
    ) -> Float[Tensor, "batch slots width"]:
        """Values fed, coordinates and class, summed."""
        x = looked_up.sum(2) + self.coordinates()[: looked_up.shape[1]]
        class_vectors = self.told(labels)
        return self.dropout(x if class_vectors is None else x + class_vectors[:, None])

    def told(self, labels: Int[Tensor, " batch"] | None) -> Float[Tensor, "batch width"] | None:
        """The vectors of the classes.

        Raises:
            AnalysisError: the model is told a class, and none is given.
        """
        if self.class_embedding is None:
            return None
        if labels is None:
            raise AnalysisError("This model writes a picture of a class", do="choose the class")
        return self.class_embedding[labels]

    def encode(
        self, low: Int[Tensor, "batch low_height low_width channels"] | None, batch: int
    ) -> Float[Tensor, "batch low_pixels width"] | None:
        """The low-resolution picture's pixels, each of them having seen all others.

        Raises:
            AnalysisError: the model enlarges a picture, and none of its size is given.
        """
        if self.low is None:
            return None
        pixels = self.checked(low, batch).flatten(1, 2)
        channel = torch.arange(self.canvas.channels, device=low.device).expand(pixels.shape[1], -1)
        x = self.dropout(self.low_embedding(pixels, channel).sum(2) + self.low_codes)
        for layer in self.encoder:
            x = layer(x)
        return self.encoder_norm(x)

    def checked(self, low: Tensor | None, batch: int) -> Int[Tensor, "batch low_height low_width channels"]:
        """The picture to be enlarged, if it is of the size that the model enlarges."""
        assert self.low is not None
        if low is None or tuple(low.shape) != (batch, *self.low, self.canvas.channels):
            raise AnalysisError(
                f"This model enlarges pictures of {self.low[0]} x {self.low[1]}", do="give it one"
            )
        return low

    def decode(
        self,
        x: Float[Tensor, "batch slots width"],
        memory: Float[Tensor, "batch low_pixels width"] | None = None,
        *,
        near: Float[Tensor, "batch slots sources"] | None = None,
        values: Int[Tensor, "batch known"] | None = None,
    ) -> Float[Tensor, "batch steps levels"]:
        """Logits by the layers over the first slots, which end where a query block ends. `values` are needed where
        a slot writes a pixel: its second channel depends on the first."""
        decoded = self.decoded(x, memory)
        if self.together == 1:
            return self.output(decoded, near)
        assert values is not None
        return self.output(decoded, near, self._filled(values)[:, : x.shape[1] * self.together])

    def decoded(
        self,
        x: Float[Tensor, "batch slots width"],
        memory: Float[Tensor, "batch low_pixels width"] | None = None,
    ) -> Float[Tensor, "batch slots width"]:
        """What the output layer is given."""
        for layer in self.layers:
            x = layer(x, blocked=self.blocked, memory=memory)
        return self.norm(x)

    def _filled(self, values: Int[Tensor, "batch known"]) -> Int[Tensor, "batch steps"]:
        """As many values as are written in the end; what is added counts for nothing."""
        return F.pad(values, (0, self.canvas.values - values.shape[1]))

    def cache(
        self,
        batch: int,
        labels: Int[Tensor, " batch"] | None = None,
        low: Int[Tensor, "batch low_height low_width channels"] | None = None,
    ) -> BlockCache:
        """Room for writing so many pictures a value at a time."""
        return BlockCache(self, batch, labels=labels, low=low)
