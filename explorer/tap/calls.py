"""One attention call: what it was given, and its weights, made only when they are asked for."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from explorer.errors import ControlError

__all__ = ["AttentionCall"]


@dataclass(frozen=True, eq=False)
class AttentionCall:
    """softmax(q kᵀ · scale + bias) of one call, kept as q, k and v: N·d numbers, not N².

    q, k and v are the tensors the layer itself used, after q/k normalisation and rotary positions, and are
    shared with it, not copied. A boolean bias says which keys a query may see.
    """

    name: str
    queries: Float[Tensor, "batch heads queries dim"]
    keys: Float[Tensor, "batch heads keys dim"]
    values: Float[Tensor, "batch heads keys value_dim"]
    scale: float
    bias: Shaped[Tensor, "_ _ _ _"] | None = None
    causal: bool = False
    """Query i sees keys 0 … i only."""
    cached: Float[Tensor, "batch heads queries keys"] | None = None
    """The weights, when they were made during the pass."""

    @property
    def heads(self) -> int:
        return self.queries.shape[1]

    @property
    def tokens(self) -> int:
        """Number of queries."""
        return self.queries.shape[2]

    def rows(self, start: int, stop: int) -> Float[Tensor, "batch heads rows keys"]:
        """The weights of queries start … stop - 1; each row sums to 1.

        Raises:
            ControlError: there are no such queries.
        """
        if not 0 <= start < stop <= self.tokens:
            raise ControlError(
                f"There are no queries {start} to {stop - 1} in {self.name}", why=f"it has {self.tokens}"
            )
        if self.cached is not None:
            return self.cached[:, :, start:stop]
        scores = self.scores(start, stop)
        weights = scores.softmax(-1)
        if self.bias is None and not self.causal:
            return weights
        # A query that may see nothing would be 0 / 0; the layer gives it nothing.
        return weights.masked_fill((scores == -math.inf).all(-1, keepdim=True), 0.0)

    def scores(self, start: int, stop: int) -> Float[Tensor, "batch heads rows keys"]:
        """What the weights of queries start … stop - 1 are the softmax of: q kᵀ scaled, with bias, and −∞ where a
        query may not look."""
        queries, keys = _at_least_single(self.queries[:, :, start:stop]), _at_least_single(self.keys)
        scores = (queries * self.scale) @ keys.transpose(-2, -1)  # B, h, rows, M
        if self.causal:
            query = torch.arange(start, stop, device=keys.device)
            key = torch.arange(keys.shape[2], device=keys.device)
            scores = scores.masked_fill(key > query[:, None], -math.inf)
        if self.bias is None:
            return scores
        bias = self.bias if self.bias.shape[-2] == 1 else self.bias[:, :, start:stop]
        return scores.masked_fill(~bias, -math.inf) if bias.dtype == torch.bool else scores + bias

    def row(self, query: int) -> Float[Tensor, "batch heads keys"]:
        """The weights of one query over all keys."""
        return self.rows(query, query + 1)[:, :, 0]

    def weights(self) -> Float[Tensor, "batch heads queries keys"]:
        """The whole map, N² numbers for each head; the pass's own tensor if it was made during the pass."""
        return self.rows(0, self.tokens) if self.cached is None else self.cached


def _at_least_single(x: Tensor) -> Tensor:
    """Half precision is too coarse for a softmax that is drawn."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
