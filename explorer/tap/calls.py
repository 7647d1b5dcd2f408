"""One attention call: what it was given, and its weights, made only when they are asked for."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Shaped
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
    kept: Float[Tensor, "batch heads queries keys"] | None = None
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
        if self.kept is not None:
            return self.kept[:, :, start:stop]
        queries, keys = _at_least_single(self.queries[:, :, start:stop]), _at_least_single(self.keys)
        scores = (queries * self.scale) @ keys.transpose(-2, -1)  # B, h, rows, M
        seen = self._seen(start, stop)
        if seen is not None:
            scores = scores.masked_fill(~seen, -math.inf)
        elif self.bias is not None:
            scores = scores + self._bias(start, stop)
        weights = scores.softmax(-1)
        # A query that may see nothing would be 0 / 0; the layer gives it nothing.
        return weights if seen is None else weights.masked_fill(~seen.any(-1, keepdim=True), 0.0)

    def row(self, query: int) -> Float[Tensor, "batch heads keys"]:
        """The weights of one query over all keys."""
        return self.rows(query, query + 1)[:, :, 0]

    def weights(self) -> Float[Tensor, "batch heads queries keys"]:
        """The whole map, N² numbers for each head; the pass's own tensor if it was made during the pass."""
        return self.rows(0, self.tokens) if self.kept is None else self.kept

    def _bias(self, start: int, stop: int) -> Shaped[Tensor, "_ _ _ _"]:
        assert self.bias is not None
        return self.bias if self.bias.shape[-2] == 1 else self.bias[:, :, start:stop]

    def _seen(self, start: int, stop: int) -> Bool[Tensor, "_ _ _ _"] | None:
        """Which keys the queries may see; None if the call has no such mask."""
        if self.causal:
            query = torch.arange(start, stop, device=self.keys.device)
            key = torch.arange(self.keys.shape[2], device=self.keys.device)
            return (key <= query[:, None])[None, None]
        if self.bias is not None and self.bias.dtype == torch.bool:
            return self._bias(start, stop)
        return None


def _at_least_single(x: Tensor) -> Tensor:
    """Half precision is too coarse for a softmax that is drawn."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
