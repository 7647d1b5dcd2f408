"""Keys and values of a memory block, kept while its query block is written, in tensors made once.

The memory of a query block lies in one piece: first its past, then its own slots as they come. So a step's
attention is one call over a slice, without a mask and without copying. When the next block begins, slots that
a later block needs are put on shelves (`MemoryBlocks.shelves`), and its past is laid out anew. What is held is
bounded by the blocks, not by how much has been written.
"""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from explorer.models.small_operations import small_operations
from explorer.models.transformer_layer import Layer
from explorer.models.value_coding import intensities
from explorer.models.value_output import Mixtures, at
from explorer.zoo.interruptible import as_one

if TYPE_CHECKING:
    from explorer.models.image_transformer import ImageTransformer

__all__ = ["BlockCache"]

FEW = 8
"""Pictures up to which a step's operations are too small for a second thread."""


class BlockCache:
    """One step at a time of an Image Transformer, for a batch of pictures at the same step."""

    def __init__(
        self,
        model: "ImageTransformer",
        batch: int,
        *,
        labels: Int[Tensor, " batch"] | None = None,
        low: Int[Tensor, "batch low_height low_width channels"] | None = None,
    ) -> None:
        self.model, self.blocks, self.batch = model, model.slot_blocks, batch
        self._labels, self._low = labels, low
        self._block, self._ready = 0, 0
        """The block laid out, and the first slot that has not been computed since."""
        self._mixed, self._mixtures = -1, list[tuple[Mixtures, Tensor]]()
        """A slot that writes a pixel, −1: none; and what it says before its first channel, before its second, …, with
        how probable each component finds each value."""
        self.small = batch <= FEW
        with torch.inference_mode(), self._as_one():
            self._room()
            self._weights()

    @property
    def nbytes(self) -> int:
        """Bytes of keys and values held, however many values have been written."""
        return self.memory.nbytes + self.shelved.nbytes

    @torch.inference_mode()
    def step(self, step: int, values: Int[Tensor, "batch steps"]) -> Float[Tensor, "batch levels"]:
        """Logits of the value of this step, from the values before it.

        Every slot is computed once, the slots of a block side by side: the next value costs one slot, a jump
        forward those that it leaps over. A jump back into an earlier block computes all of them again. Where a slot
        writes a pixel, its second channel and later ones cost no slot.
        """
        slot, channel = divmod(step, self.model.together)
        if not channel or slot != self._mixed:
            self.catch_up(step, values)
            with self._as_one():
                x, near = self._slots(slot, slot + 1, values)
                x = self.model.norm(x)
                if self.model.together == 1:
                    return self.model.output(x, near)
                mixtures = self.model.output.mixtures(x, near)
                self._mixed, self._mixtures = slot, [(mixtures, self.model.output.components(mixtures))]
        with self._as_one():
            for known in range(len(self._mixtures) - 1, channel):
                (mixtures, components), value = self._mixtures[known], values[:, step - channel + known]
                mixtures = self.model.output.given(mixtures, value, at(components, value))
                self._mixtures.append((mixtures, self.model.output.components(mixtures)))
            return self.model.output.logits(*self._mixtures[channel])

    @torch.inference_mode()
    def catch_up(self, step: int, values: Int[Tensor, "batch steps"]) -> None:
        """Compute the slots before that of this step."""
        slot = step // self.model.together
        self._forget(slot)
        while slot >= (stop := self.blocks.spans[self._block][1]):
            self._catch_up(stop, values)
            with self._as_one():
                self._next_block()
        self._catch_up(slot, values)

    def forget(self, step: int) -> None:
        """Compute again what is fed the value before this step, or one after it."""
        slot, channel = divmod(step, self.model.together)
        self._forget(slot + bool(channel))
        if slot == self._mixed:
            del self._mixtures[channel:]

    def _forget(self, slot: int) -> None:
        if slot < self.blocks.spans[self._block][0]:
            self._block, slot = 0, 0
        self._ready = min(self._ready, slot)
        if slot <= self._mixed:
            self._mixed = -1

    def _as_one(self) -> AbstractContextManager[None]:
        return small_operations() if self.small else as_one()

    def _room(self) -> None:
        model, blocks = self.model, self.blocks
        heads, dim = model.heads, model.dim // model.heads
        shelves = int(blocks.shelves.max()) + 1
        like = model.norm.weight
        depth = len(model.layers)
        self.memory = like.new_zeros(depth, 2, self.batch, heads, blocks.largest_memory, dim)
        self.shelved = like.new_zeros(depth, 2, self.batch, heads, shelves, dim)
        self._of_layer = self.memory.unbind(0)

    def _weights(self) -> None:
        """What every step uses, looked up once: finding attributes would cost as much as the arithmetic."""
        model = self.model
        self._position = model.coordinates()
        self._class_vectors = model.told(self._labels)
        nothing_written = torch.zeros((self.batch, 0), dtype=torch.long, device=self._position.device)
        self._beside = model.sourced(nothing_written, self._low)
        # Index −1 would do for nothing, but is slower to look up than the last.
        last = self.model.canvas.values + self._beside.shape[1] - 1
        self._sources = torch.where(model.sources < 0, last, model.sources)
        self._slopes = None
        if model.embedding.ordinal:
            # The sum of the vectors fed is linear in the intensities: one product instead of a table's look-ups.
            self._slopes, constant = model.embedding.linear(model.source_channels, model.sources >= 0)
            self._position = self._position + constant
        low = self._low
        if low is not None and bool((low == low[:1]).all()):  # often one picture is enlarged several times
            low = low[:1]
        memory = model.encode(low, self.batch if low is None else len(low))
        if memory is not None:
            memory = memory.expand(self.batch, -1, -1)
        self._layers = [_weights_of(layer, memory) for layer in model.layers]  # type: ignore[arg-type]

    def _catch_up(self, end: int, values: Tensor) -> None:
        if self._ready < end:
            with self._as_one():
                self._slots(self._ready, end, values)

    def _slots(
        self, first: int, end: int, values: Tensor
    ) -> tuple[Float[Tensor, "rows width"], Float[Tensor, "rows sources"] | None]:
        """All layers for slots first … end − 1 of the block; their keys and values are added to the memory. Returned
        is what they give, the slots of each picture one below the other, and what moves the means of their mixtures."""
        before = len(self.blocks.past[self._block]) - self.blocks.spans[self._block][0]
        place, stop, count = before + first, before + end, end - first
        batch, heads, width = self.batch, self.model.heads, self.model.dim
        fed = torch.cat([values, self._beside], 1)[:, self._sources[first:end]]
        near = None
        if self.model.linear or self._slopes is not None:
            near = intensities(fed, self.model.levels, self._position.dtype)
        x = self._embedded(fed, near, first, end).reshape(batch * count, width)
        seen = None if count == 1 else x.new_ones(count, stop, dtype=torch.bool).tril(place)
        for weights, memory in zip(self._layers, self._of_layer, strict=True):
            norm, qkv, qkv_bias, out, cross, hidden_norm, hidden, hidden_bias, shrink = weights
            mixed = torch.addmm(qkv_bias, F.layer_norm(x, (width,), *norm), qkv)
            q, kv = mixed.view(batch, count, 3, heads, -1).permute(2, 0, 3, 1, 4).split_with_sizes((1, 2))
            memory.narrow(3, place, count).copy_(kv)
            keys, values_so_far = memory.narrow(3, 0, stop).unbind()
            attended = F.scaled_dot_product_attention(q.squeeze(0), keys, values_so_far, attn_mask=seen)
            x = torch.addmm(x, attended.transpose(1, 2).reshape(-1, width), out)
            if cross is not None:
                cross_norm, cross_q, cross_bias, cross_keys, cross_values, cross_out = cross
                q = torch.addmm(cross_bias, F.layer_norm(x, (width,), *cross_norm), cross_q)
                q = q.view(batch, count, heads, -1).transpose(1, 2)
                attended = F.scaled_dot_product_attention(q, cross_keys, cross_values)
                x = torch.addmm(x, attended.transpose(1, 2).reshape(-1, width), cross_out)
            grown = torch.addmm(hidden_bias, F.layer_norm(x, (width,), *hidden_norm), hidden).relu_()
            x = torch.addmm(x, grown, shrink)
        self._ready, self._mixed = end, -1
        return x, near.flatten(0, 1) if self.model.linear else None

    def _embedded(
        self, fed: Tensor, near: Tensor | None, first: int, end: int
    ) -> Float[Tensor, "batch slots width"]:
        if self._slopes is None:
            looked_up = self.model.embedding(fed, self.model.source_channels[first:end])
            x = looked_up.sum(2) + self._position[first:end]
        else:
            slots = slice(first, end)
            x = torch.baddbmm(
                self._position[slots, None], near.transpose(0, 1), self._slopes[slots]
            ).transpose(0, 1)
        return x if self._class_vectors is None else x + self._class_vectors[:, None]

    def _next_block(self) -> None:
        """Put away what later blocks need of this one, and lay out the next one's past."""
        start, stop = self.blocks.spans[self._block]
        first = len(self.blocks.past[self._block])
        self._put_away(self.memory[:, :, :, :, first : first + stop - start], start, stop)
        self._block += 1
        self._lay_out()

    def _put_away(self, slots: Tensor, start: int, stop: int) -> None:
        """Shelve slots start … stop − 1, given along the last axis but one."""
        shelves = torch.from_numpy(self.blocks.shelves[start:stop].copy()).to(slots.device)
        shelved = shelves >= 0
        self.shelved[:, :, :, :, shelves[shelved]] = slots[:, :, :, :, shelved]

    def _lay_out(self) -> None:
        past = self.blocks.past[self._block]
        shelves = torch.from_numpy(self.blocks.shelves[past]).to(self.shelved.device)
        self.memory[:, :, :, :, : len(past)] = self.shelved[:, :, :, :, shelves]


def _weights_of(layer: Layer, memory: Tensor | None) -> tuple:
    """A layer's matrices as `addmm` wants them, and the encoder's keys and values, which never change."""
    cross = None
    if memory is not None:
        keys, values = layer.split(layer.cross_kv(memory), 2)
        cross = (
            (layer.cross_norm.weight, layer.cross_norm.bias, layer.cross_norm.eps),
            layer.cross_q.weight.t().contiguous(),
            layer.cross_q.bias,
            keys.contiguous(),
            values.contiguous(),
            layer.cross_out.weight.t().contiguous(),
        )
    return (
        (layer.attention_norm.weight, layer.attention_norm.bias, layer.attention_norm.eps),
        layer.qkv.weight.t().contiguous(),
        layer.qkv.bias,
        layer.out.weight.t().contiguous(),
        cross,
        (layer.hidden_norm.weight, layer.hidden_norm.bias, layer.hidden_norm.eps),
        layer.hidden.weight.t().contiguous(),
        layer.hidden.bias,
        layer.shrink.weight.t().contiguous(),
    )
