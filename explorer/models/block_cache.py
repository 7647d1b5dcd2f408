"""Keys and values of a memory block, kept while its query block is written, in tensors made once.

The memory of a query block lies in one piece: first its past, then its own slots as they come. So a step's
attention is one call over a slice, without a mask and without copying. When the next block begins, slots that
a later block needs are put on shelves (`MemoryBlocks.shelves`), and its past is laid out anew. What is held is
bounded by the blocks, not by how much has been written.
"""

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from explorer.models.transformer_layer import KeysValues, Layer

if TYPE_CHECKING:
    from explorer.models.image_transformer import ImageTransformer

__all__ = ["BlockCache"]


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
        self.model, self.blocks, self.batch = model, model.blocks, batch
        self._labels, self._low = labels, low
        self._block, self._ready = 0, 0
        """The block laid out, and the first slot that has not been computed since."""
        with torch.inference_mode():
            self._room()
            self._weights()

    @property
    def nbytes(self) -> int:
        """Bytes of keys and values held, however many values have been written."""
        return self.memory.nbytes + self.shelved.nbytes

    @torch.inference_mode()
    def step(self, step: int, values: Int[Tensor, "batch steps"]) -> Float[Tensor, "batch levels"]:
        """Logits of the value of this step, from the values before it.

        Steps in order cost one slot each; after a jump, back or forward, the slots before it are computed
        again in one parallel pass.
        """
        start, stop = self.blocks.spans[self._block]
        if step == stop and self._ready == stop:
            self._next_block()
        elif not start <= step <= min(self._ready, stop - 1):
            self._fill(step, values)
        logits = self._slot(step, values)
        self._ready = step + 1
        return logits

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
        positions = model.coordinates()
        class_vectors = model.told(self._labels)
        self._position = positions.unbind(0)
        self._told = class_vectors
        # Index −1 would do for nothing, but is slower to look up than the last.
        class_vectors = model.sourced(
            torch.zeros((self.batch, 0), dtype=torch.long, device=positions.device), self._low
        )
        last = self.blocks.canvas.values + class_vectors.shape[1] - 1
        sources = torch.where(model.sources < 0, last, model.sources)
        self._sources, self._channels = sources.unbind(0), model.source_channels.unbind(0)
        self._beside = class_vectors
        memory = model.encode(self._low, self.batch)
        self._layers = [_weights_of(layer, memory) for layer in model.layers]  # type: ignore[arg-type]

    def _slot(self, step: int, values: Tensor) -> Tensor:
        """All layers for one slot; its keys and values are added to the memory."""
        start = self.blocks.spans[self._block][0]
        place = len(self.blocks.past[self._block]) + step - start
        fed = self._fed(step, values)
        x = self._slot_of(fed, step)  # batch, width
        batch, heads, width = self.batch, self.model.heads, self.model.dim
        for weights, memory in zip(self._layers, self._of_layer, strict=True):
            norm, qkv, qkv_bias, out, cross, hidden_norm, hidden, hidden_bias, shrink = weights
            mixed = torch.addmm(qkv_bias, F.layer_norm(x, (width,), *norm), qkv)
            q, kv = mixed.view(batch, 3, heads, 1, -1).split_with_sizes((1, 2), 1)
            memory.narrow(3, place, 1).copy_(kv.transpose(0, 1))
            keys, values_so_far = memory.narrow(3, 0, place + 1).unbind(0)
            seen = F.scaled_dot_product_attention(q.squeeze(1), keys, values_so_far)
            x = torch.addmm(x, seen.view(batch, width), out)
            if cross is not None:
                cross_norm, cross_q, cross_bias, cross_keys, cross_values, cross_out = cross
                q = torch.addmm(cross_bias, F.layer_norm(x, (width,), *cross_norm), cross_q)
                seen = F.scaled_dot_product_attention(q.view(batch, heads, 1, -1), cross_keys, cross_values)
                x = torch.addmm(x, seen.reshape(batch, width), cross_out)
            grown = torch.addmm(hidden_bias, F.layer_norm(x, (width,), *hidden_norm), hidden).relu_()
            x = torch.addmm(x, grown, shrink)
        return self.model.output(self.model.norm(x), self.model.near(fed))

    def _fed(self, step: int, values: Tensor) -> Int[Tensor, "batch sources"]:
        sources = self._sources[step]
        if len(sources) == 1 and step:
            return values[:, step - 1 : step]
        return torch.cat([values, self._beside], 1)[:, sources]

    def _slot_of(self, fed: Tensor, step: int) -> Float[Tensor, "batch width"]:
        looked_up = self.model.embedding(fed[:, None], self._channels[step][None])[:, 0]
        x = looked_up.sum(1) + self._position[step]
        return x if self._told is None else x + self._told

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

    def _fill(self, step: int, values: Tensor) -> None:
        """The memory as it stands before this step, by one parallel pass over all slots before it."""
        self._block = self.blocks.block_of(step)
        self._ready = step
        if step == 0:
            return
        layers_kv: list[KeysValues] = []
        self.model(values, self._labels, self._low, length=step, keep=layers_kv)
        slots = torch.stack(
            [torch.stack(keys_values) for keys_values in layers_kv]
        )  # layers, 2, batch, heads, slots, dim
        start = self.blocks.spans[self._block][0]
        # In the order of writing, so that a shelf used again holds what was laid on it last.
        for begin, end in self.blocks.spans[: self._block]:
            self._put_away(slots[:, :, :, :, begin:end], begin, end)
        self._lay_out()
        first = len(self.blocks.past[self._block])
        self.memory[:, :, :, :, first : first + step - start] = slots[:, :, :, :, start:step]


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
