"""A layer of the Image Transformer, and attention within memory blocks for all of them at once."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from explorer.models.memory_blocks import MemoryBlocks

__all__ = ["Blocked", "Layer"]


class Blocked(nn.Module):
    """Causal attention in which every query block sees its memory block (Parmar et al. 2018, section 3.3).

    All blocks are attended to in one call, beside the heads: the call has blocks x heads maps. Without `fused_attn`
    local attention is products written out, whose gradients on a CPU take a third of the time.
    """

    fused_attn = True

    def __init__(self, blocks: MemoryBlocks, heads: int) -> None:
        super().__init__()
        self.blocks, self.heads = blocks, heads
        if blocks.kind == "full":
            return
        queries, memory, seen = (torch.from_numpy(table) for table in blocks.tables())
        ends = torch.tensor([stop - start for start, stop in blocks.spans])
        place = (torch.arange(queries.shape[1]) < ends[:, None]).flatten().nonzero().flatten()
        self.register_buffer("queries", queries, persistent=False)
        self.register_buffer("memory", memory, persistent=False)
        self.register_buffer("seen", seen.repeat_interleave(heads, 0)[None], persistent=False)
        self.register_buffer("place", place, persistent=False)

    def stop(self, length: int | None) -> int:
        """How many slots must be computed for the first `length`: local attention computes whole blocks."""
        if length is None or self.blocks.kind == "full":
            return self.blocks.canvas.values if length is None else length
        return self.blocks.spans[self.blocks.block_of(length - 1)][1]

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Float[Tensor, "batch heads slots dim"]:
        """Attention of the first slots, each batch x heads x slots x dim, as many as `stop` says."""
        if self.blocks.kind == "full":
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
        batch, heads, slots, dim = q.shape
        blocks = self.blocks.block_of(slots - 1) + 1
        wanted = ((q, self.queries), (k, self.memory), (v, self.memory))
        rows = (_rows(tensor, at[:blocks]) for tensor, at in wanted)  # batch, heads, blocks, …, dim
        beside = (row.transpose(1, 2).flatten(1, 2) for row in rows)  # batch, blocks · heads, …, dim
        attend = F.scaled_dot_product_attention if self.fused_attn else _plain_attention
        out = attend(*beside, attn_mask=self.seen[:, : blocks * heads])
        out = out.view(batch, blocks, heads, -1, dim).transpose(1, 2).flatten(2, 3)
        return _rows(out, self.place[:slots])


def _rows(x: Float[Tensor, "batch heads slots dim"], slots: Int[Tensor, "*any"]) -> Float[Tensor, "..."]:
    """x[:, :, slots], looked up as words are: on a CPU a training step takes a fifth less time with its gradient."""
    batch, heads, length, _ = x.shape
    first = torch.arange(0, batch * heads * length, length, device=x.device)
    return F.embedding(first.view(batch, heads, *[1] * slots.ndim) + slots, x.flatten(0, 2))


def _plain_attention(q: Tensor, k: Tensor, v: Tensor, attn_mask: Tensor) -> Tensor:
    """`scaled_dot_product_attention`, all of its maps in memory."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    scores += scores.new_zeros(attn_mask.shape).masked_fill(~attn_mask, -torch.inf)
    return scores.softmax(-1) @ v


class Layer(nn.Module):
    """Self-attention, attention to an encoder's output where there is one, and two position-wise maps."""

    def __init__(
        self, dim: int, heads: int, hidden: int, *, cross: bool = False, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim, bias=False)
        if cross:
            self.cross_norm = nn.LayerNorm(dim)
            self.cross_q = nn.Linear(dim, dim)
            self.cross_kv = nn.Linear(dim, 2 * dim)
            self.cross_out = nn.Linear(dim, dim, bias=False)
        self.hidden_norm = nn.LayerNorm(dim)
        self.hidden = nn.Linear(dim, hidden)
        self.shrink = nn.Linear(hidden, dim, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Float[Tensor, "batch slots width"],
        *,
        blocked: Blocked | None = None,
        seen: Bool[Tensor, "_ 1 _ slots"] | None = None,
        memory: Float[Tensor, "batch places width"] | None = None,
    ) -> Float[Tensor, "batch slots width"]:
        """Without `blocked` every slot sees all others, or those that `seen` says, as in the encoder."""
        q, k, v = self.split(self.qkv(self.attention_norm(x)), 3)
        if blocked is None:
            heads = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        else:
            heads = blocked(q, k, v)
        x = x + self.dropout(self.out(heads.transpose(1, 2).flatten(2)))
        if memory is not None:
            (q,) = self.split(self.cross_q(self.cross_norm(x)), 1)
            k, v = self.split(self.cross_kv(memory), 2)
            heads = F.scaled_dot_product_attention(q, k, v)
            x = x + self.dropout(self.cross_out(heads.transpose(1, 2).flatten(2)))
        return x + self.dropout(self.shrink(F.relu(self.hidden(self.hidden_norm(x)))))

    def split(self, x: Float[Tensor, "batch slots several"], parts: int) -> tuple[Tensor, ...]:
        """Parts and heads apart: each batch x heads x slots x dim."""
        batch, slots, _ = x.shape
        return x.view(batch, slots, parts, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
