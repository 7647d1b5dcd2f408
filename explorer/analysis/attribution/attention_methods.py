"""Methods that follow the attention: by itself, or weighted by the class's gradient.

Where a product of N x N matrices is defined but only its rows of the tokens read are drawn, a vector is carried from
the last layer to the first through blocks of rows, so that thousands of tokens fit into memory.
"""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attribution.asked import Asked
from explorer.analysis.blocks import BLOCK_BYTES
from explorer.analysis.rollout import rollout_of_reading
from explorer.tap import GradientCall, Observation, observe, observe_backward

__all__ = ["gradient_rollout", "last_attention", "legrad", "relevance", "rolled"]

Cells = Float[Tensor, "batch rows columns"]


def last_attention(asked: Asked) -> Cells:
    """The last layer's weights, mean of the heads, from the tokens that are read."""
    call = observe(asked.model, asked.x).calls[-1]
    reading = asked.reading()
    total = sum(
        weight * call.row(int(at)).mean(1)
        for at, weight in zip(reading.nonzero()[:, 0], reading[reading > 0], strict=True)
    )
    return asked.layout.map(total)


def rolled(asked: Asked) -> Cells:
    """Attention rollout (Abnar and Zuidema 2020) after the last layer."""
    seen = observe(asked.model, asked.x)
    return asked.layout.map(rollout_of_reading(seen, asked.reading(), **asked.options))


def gradient_rollout(asked: Asked) -> Cells:
    """Rollout whose heads are weighed by the gradient of the class: W = (mean of heads of ∇A ⊙ A)⁺, then
    A = (I + W) / row sums, as in rollout (the weighting by gradient as in Barkan et al., "Grad-SAM", 2021)."""
    calls = _gradients(asked)

    def mixed(weights: Tensor, gradient: Tensor, start: int) -> Tensor:
        rows = (weights * gradient).mean(1).clamp(min=0)
        rows.diagonal(start, -2, -1).add_(1)
        return rows / rows.sum(-1, keepdim=True)

    return asked.layout.map(_carried(calls, asked.reading(), len(asked.x), mixed))


def relevance(asked: Asked) -> Cells:
    """Relevance of Chefer, Gur and Wolf (ICCV 2021, eq. 5 and 6): R ← R + E_h[(∇A ⊙ A)⁺] R from R = I, layer by
    layer; the rows of the tokens that are read. This is their rule without LRP.

    The identity that R begins with is taken off again: what a token has of itself says nothing of the picture.
    """
    calls = _gradients(asked)

    def mixed(weights: Tensor, gradient: Tensor, start: int) -> Tensor:
        rows = (weights * gradient).clamp(min=0).mean(1)
        rows.diagonal(start, -2, -1).add_(1)
        return rows

    return asked.layout.map(_carried(calls, asked.reading(), len(asked.x), mixed) - asked.reading())


def legrad(asked: Asked) -> Cells:
    """LeGrad (Bousselham et al. 2024): the class is read after every layer; its gradient by that layer's weights,
    what is above 0, mean over heads and queries; mean over the layers."""
    module, count = asked.module, len(asked.module.blocks)  # type: ignore[arg-type]
    names = [f"blocks.{layer}" for layer in range(count)]

    def scores(seen: Observation) -> list[Tensor]:
        return [
            asked.score(module.forward_head(module.norm(seen.activations[name])))  # type: ignore[operator]
            for name in names
        ]

    _, calls = observe_backward(asked.model, asked.x, scores, activations=names)
    found = torch.zeros(len(asked.x), len(asked.layout), dtype=asked.x.dtype, device=asked.x.device)
    for done, call in enumerate(calls):
        for _, _, gradient in _blocks(call):
            found += gradient.clamp(min=0).mean(1).sum(1) / (call.tokens * count)
        asked.tell(done + 1, count)
    return asked.layout.map(found)


def _gradients(asked: Asked) -> tuple[GradientCall, ...]:
    return observe_backward(asked.model, asked.x, lambda seen: asked.score(seen.output))[1]


def _blocks(call: GradientCall) -> Iterator[tuple[int, Tensor, Tensor]]:
    """First query, weights and gradients of consecutive blocks of rows."""
    weights = call.call
    row_bytes = (
        2 * weights.queries.shape[0] * weights.heads * weights.keys.shape[2] * weights.keys.element_size()
    )
    rows = max(1, BLOCK_BYTES // row_bytes)
    for start in range(0, call.tokens, rows):
        yield start, *call.rows(start, min(start + rows, call.tokens))


def _carried(
    calls: tuple[GradientCall, ...],
    reading: Float[Tensor, " tokens"],
    batch: int,
    mixed: Callable[[Tensor, Tensor, int], Tensor],
) -> Float[Tensor, "batch tokens"]:
    """reading · M_L … M_1, the rows of each M by `mixed(weights, gradients, first row)`."""
    carried = reading.expand(batch, -1).clone()
    for call in reversed(calls):
        below = torch.zeros_like(carried)
        for start, weights, gradient in _blocks(call):
            rows = mixed(weights.to(carried.dtype), gradient.to(carried.dtype), start)
            below += (carried[:, None, start : start + rows.shape[1]] @ rows)[:, 0]
        carried = below
    return carried
