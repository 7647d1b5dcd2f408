"""Methods that follow the attention: by itself, or weighted by the class's gradient."""

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attribution.context import AttributionContext
from explorer.analysis.attribution.products import Mixed, blocks, left_product, positive
from explorer.analysis.blocks import row_blocks
from explorer.analysis.rollout import rollout_of_reading, with_residual
from explorer.tap import Observation, observe, observe_backward

__all__ = ["gradient_rollout", "last_attention", "legrad", "relevance", "rolled"]

Cells = Float[Tensor, "batch rows columns"]


def last_attention(context: AttributionContext) -> Cells:
    """The last layer's weights, mean of the heads, from the tokens that are read."""
    call = observe(context.model, context.x).calls[-1]
    reading = context.reading()
    read = reading.nonzero()[:, 0].tolist()
    if len(read) <= len(context.layout.prefix_names):
        total = torch.stack([reading[at] * call.row(at).mean(1) for at in read]).sum(0)
    else:
        parts = [
            (reading[start : start + rows.shape[2]] @ rows.mean(1).to(reading.dtype))
            for start, rows in row_blocks(call)
        ]
        total = torch.stack(parts).sum(0)
    return context.layout.map(total)


def rolled(context: AttributionContext) -> Cells:
    """Attention rollout (Abnar and Zuidema 2020) after the last layer."""
    seen = observe(context.model, context.x)
    return context.layout.map(rollout_of_reading(seen, context.reading(), **context.options))


def gradient_rollout(context: AttributionContext) -> Cells:
    """Rollout whose heads are weighed by the gradient of the class: W = (mean of heads of ∇A ⊙ A)⁺, then
    A = (I + W) / row sums, as in rollout (the weighting by gradient as in Barkan et al., "Grad-SAM", 2021)."""

    def mixed(weights: Tensor, gradient: Tensor, start: int) -> Tensor:
        return with_residual((weights * gradient).mean(1).clamp(min=0), start)

    return context.layout.map(_read(context, mixed))


def relevance(context: AttributionContext) -> Cells:
    """Relevance of Chefer, Gur and Wolf (ICCV 2021, eq. 5 and 6): R ← R + E_h[(∇A ⊙ A)⁺] R from R = I, layer by
    layer; the rows of the tokens that are read. This is their rule without LRP.

    The identity that R begins with is taken off again: what a token has of itself says nothing of the picture.
    """

    def mixed(weights: Tensor, gradient: Tensor, start: int) -> Tensor:
        rows = positive(weights, gradient)
        rows.diagonal(start, -2, -1).add_(1)
        return rows

    return context.layout.map(_read(context, mixed) - context.reading())


def legrad(context: AttributionContext) -> Cells:
    """LeGrad (Bousselham et al. 2024): the class is read after every layer; its gradient by that layer's weights,
    what is above 0, mean over heads and queries; mean over the layers."""
    module, count = context.module, len(context.module.blocks)  # type: ignore[arg-type]
    names = [f"blocks.{layer}" for layer in range(count)]

    def scores(seen: Observation) -> list[Tensor]:
        context.resolve_targets(seen.output)
        return [
            context.score(module.forward_head(module.norm(seen.activations[name])))  # type: ignore[operator]
            for name in names
        ]

    _, calls = observe_backward(context.model, context.x, scores, activations=names)
    total = torch.zeros(len(context.x), len(context.layout), dtype=context.x.dtype, device=context.x.device)
    for done, call in enumerate(calls):
        for _, _, gradient in blocks(call):
            total += gradient.clamp(min=0).mean(1).sum(1) / (call.tokens * count)
        context.on_progress(done + 1, count)
    return context.layout.map(total)


def _read(context: AttributionContext, mixed: Mixed) -> Float[Tensor, "batch tokens"]:
    """What is read, through the matrices that each layer's weights and gradients make."""
    _, calls = observe_backward(context.model, context.x, lambda seen: context.score(seen.output))
    return left_product(calls, context.reading().expand(len(context.x), -1), mixed)
