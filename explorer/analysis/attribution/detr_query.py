"""What one object query of a DETR depends on: relevance through encoder and decoder.

Chefer, Gur and Wolf, "Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder
Transformers", ICCV 2021: the picture's tokens explain themselves by the encoder's self-attention, the queries by the
decoder's, and cross attention brings the first to the second (eq. 6 to 11).
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.analysis.attribution.products import left_product, positive, right_product
from explorer.analysis.attribution.result import Attribution
from explorer.analysis.detection import MaskedPass
from explorer.analysis.detection_results import NO_OBJECT
from explorer.errors import AnalysisError, ControlError, UnsupportedModel
from explorer.geometry import Grid
from explorer.tap import GradientCall, observe_backward
from explorer.zoo.model import Model, module_of

__all__ = ["query_relevance"]


def query_relevance(
    model: Model | nn.Module,
    x: Float[Tensor, "batch 3 height width"],
    query: int,
    *,
    target: int | None = None,
    mask: Float[Tensor, "1 height width"] | None = None,
) -> Attribution:
    """How much each cell of the feature map speaks for a query's class, in the one picture x.

    `target` is a class by its place; None is the query's likeliest that is an object. `mask` is 0 in the margins of a
    letterbox, where the map is 0. The first decoder layer's self-attention, which mixes what is the same for every
    query, is followed as the paper follows it. A token without relevance of others is left as it is where the paper
    divides by its sum, 0.

    One pass forward and one backward. The product of the encoder's maps is never made: vectors are carried through.

    Raises:
        UnsupportedModel: it is no DETR of transformers, or its attention cannot be seen.
        ControlError: there is no such query or class.
        AnalysisError: x is not one picture.
        OutOfMemory: the device has not enough memory.
    """
    from transformers import DetrForObjectDetection

    detr: Any = module_of(model)
    if not isinstance(detr, DetrForObjectDetection):
        raise UnsupportedModel(
            f"{type(detr).__name__} has no object queries", why="it is no DETR", do="choose a DETR"
        )
    if len(x) != 1:
        raise AnalysisError("A query is asked of one picture", why=f"there are {len(x)}")
    if not 0 <= query < detr.config.num_queries:
        raise ControlError(
            f"There is no query {query}", why=f"the model has queries 0 to {detr.config.num_queries - 1}"
        )
    chosen: list[int] = []

    def score(seen: Any) -> Tensor:
        logits = seen.output.logits[0, query]
        chosen.append(_class(logits[:-1], target))
        return logits[chosen[0]]

    ones = torch.ones(1, *x.shape[-2:], device=x.device) if mask is None else mask
    _, calls = observe_backward(MaskedPass(detr, ones), x, score)
    encoder, decoder = len(detr.model.encoder.layers), len(detr.model.decoder.layers)
    if len(calls) != encoder + 2 * decoder:
        raise UnsupportedModel(
            "The attention of this DETR cannot be seen",
            why=f"{len(calls)} attention calls were seen, not {encoder + 2 * decoder}",
            do="load it with attn_implementation='sdpa'",
        )
    grid = Grid.of_features(calls[0].tokens, x.shape[-2], x.shape[-1])
    relevance = _relevance(calls[:encoder], calls[encoder::2], calls[encoder + 1 :: 2], query)
    return Attribution(
        method="query-relevance",
        title="Relevance of a query",
        values=relevance.reshape(1, grid.rows, grid.columns).cpu().numpy(),
        grid=grid,
        signed=False,
        targets=(chosen[0],),
        unit="relevance",
        parameters={"query": query},
    )


def _relevance(
    encoder: tuple[GradientCall, ...],
    selves: tuple[GradientCall, ...],
    crosses: tuple[GradientCall, ...],
    query: int,
) -> Float[Tensor, "1 tokens"]:
    """Row `query` of what the queries have of the picture.

    The paper builds R_qi layer by layer: a layer's self-attention S turns it into (I + S) R_qi, its cross attention C
    adds R̄_qqᵀ C R̄_ii. So every layer adds one product, multiplied by the I + S of the layers above it; of each only
    row `query` is followed, and R̄_ii, the same in all of them, comes last.
    """
    mixed = [_whole(call) for call in selves]
    own = torch.eye(mixed[0].shape[-1], dtype=mixed[0].dtype, device=mixed[0].device)[None]
    rows = own[:, query]
    # From above: row `query` of the product of I + S of the layers over each.
    over: list[Tensor] = []
    for weights in reversed(mixed):
        over.insert(0, rows)
        rows = rows + (rows[:, None] @ weights)[:, 0]
    among, read = own, torch.zeros_like(left_product(crosses[:1], rows))
    for weights, above, cross in zip(mixed, over, crosses, strict=True):
        among = among + weights @ among
        spread = (above[:, None] @ _averaged(among).transpose(-2, -1))[:, 0]
        read = read + left_product([cross], spread)
    return _through_encoder(encoder, read)


def _through_encoder(
    encoder: tuple[GradientCall, ...], read: Float[Tensor, "1 tokens"]
) -> Float[Tensor, "1 tokens"]:
    """read · R̄_ii, where R_ii = (I + A_L) … (I + A_1)."""
    ones = torch.ones_like(read)
    sums = right_product(encoder, ones, _and_itself) - ones
    shared = torch.where(sums > 0, read / sums.where(sums > 0, ones), 0.0)
    return read + left_product(encoder, shared, _and_itself) - shared


def _averaged(relevance: Float[Tensor, "1 tokens tokens"]) -> Float[Tensor, "1 tokens tokens"]:
    """R̄ = (R - I) / its row sums + I (eq. 8 and 9)."""
    own = torch.eye(relevance.shape[-1], dtype=relevance.dtype, device=relevance.device)
    others = relevance - own
    sums = others.sum(-1, keepdim=True)
    return torch.where(sums > 0, others / sums.where(sums > 0, torch.ones_like(sums)), 0.0) + own


def _and_itself(weights: Tensor, gradient: Tensor, start: int) -> Tensor:
    rows = positive(weights, gradient)
    rows.diagonal(start, -2, -1).add_(1)
    return rows


def _whole(call: GradientCall) -> Float[Tensor, "1 queries queries"]:
    """There are only a hundred queries or so."""
    return positive(*call.rows(0, call.tokens))


def _class(logits: Float[Tensor, " classes"], context: int | None) -> int:
    if context is None:
        return int(logits.argmax())
    if not 0 <= context < len(logits):
        raise ControlError(
            f"There is no class {context}", why=f"the model has {len(logits)}, besides “{NO_OBJECT}”"
        )
    return context
