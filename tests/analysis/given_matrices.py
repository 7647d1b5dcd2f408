"""Self-attention from embeddings and matrices that a test chooses."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from explorer.analysis.self_attention import SelfAttention, attend
from explorer.tap import AttentionCall, Change

__all__ = ["from_embeddings"]


def from_embeddings(
    embeddings: Tensor,
    weights: Sequence[Tensor],
    *,
    heads: int,
    change: Change | None = None,
) -> SelfAttention:
    """From embeddings and the four matrices Wq, Wk, Wv (each width x heads·d) and Wo (heads·d x width)."""
    to_query, to_key, to_value, to_output = weights

    def split(x: Tensor) -> Tensor:
        return x.unflatten(-1, (heads, -1)).transpose(0, 1)[None]

    q, k, v = (split(embeddings @ item) for item in (to_query, to_key, to_value))
    call = AttentionCall("given", q, k, v, q.shape[-1] ** -0.5)
    project = nn.Linear(to_output.shape[0], to_output.shape[1], bias=False, dtype=to_output.dtype)
    with torch.no_grad():
        project.weight.copy_(to_output.T)
    return attend(call, embeddings, project=project, change=change)
