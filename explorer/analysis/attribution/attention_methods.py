"""Methods that follow the attention: by itself, or weighted by the class's gradient."""

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attribution.asked import Asked
from explorer.analysis.attribution.carried import Mixed, blocks, carried_down, positive
from explorer.analysis.blocks import row_blocks
from explorer.analysis.rollout import rollout_of_reading, with_residual
from explorer.tap import Observation, observe, observe_backward

__all__ = ["gradient_rollout", "last_attention", "legrad", "relevance", "rolled"]

Cells = Float[Tensor, "batch rows columns"]


def last_attention(asked: Asked) -> Cells:
    """The last layer's weights, mean of the heads, from the tokens that are read."""
    call = observe(asked.model, asked.x).calls[-1]
    reading = asked.reading()
    read = reading.nonzero()[:, 0].tolist()
    if len(read) <= len(asked.layout.prefix_names):
        total = torch.stack([reading[at] * call.row(at).mean(1) for at in read]).sum(0)
    else:
        parts = [
            (reading[start : start + rows.shape[2]] @ rows.mean(1).to(reading.dtype))
            for start, rows in row_blocks(call)
        ]
        total = torch.stack(parts).sum(0)
    return asked.layout.map(total)


def rolled(asked: Asked) -> Cells:
    """Attention rollout (Abnar and Zuidema 2020) after the last layer."""
    seen = observe(asked.model, asked.x)
    return asked.layout.map(rollout_of_reading(seen, asked.reading(), **asked.options))


def gradient_rollout(asked: Asked) -> Cells:
    """Rollout whose heads are weighed by the gradient of the class: W = (mean of heads of ∇A ⊙ A)⁺, then
    A = (I + W) / row sums, as in rollout (the weighting by gradient as in Barkan et al., "Grad-SAM", 2021)."""

    def mixed(weights: Tensor, gradient: Tensor, start: int) -> Tensor:
        return with_residual((weights * gradient).mean(1).clamp(min=0), start)

    return asked.layout.map(_read(asked, mixed))


def relevance(asked: Asked) -> Cells:
    """Relevance of Chefer, Gur and Wolf (ICCV 2021, eq. 5 and 6): R ← R + E_h[(∇A ⊙ A)⁺] R from R = I, layer by
    layer; the rows of the tokens that are read. This is their rule without LRP.

    The identity that R begins with is taken off again: what a token has of itself says nothing of the picture.
    """

    def mixed(weights: Tensor, gradient: Tensor, start: int) -> Tensor:
        rows = positive(weights, gradient)
        rows.diagonal(start, -2, -1).add_(1)
        return rows

    return asked.layout.map(_read(asked, mixed) - asked.reading())


def legrad(asked: Asked) -> Cells:
    """LeGrad (Bousselham et al. 2024): the class is read after every layer; its gradient by that layer's weights,
    what is above 0, mean over heads and queries; mean over the layers."""
    module, count = asked.module, len(asked.module.blocks)  # type: ignore[arg-type]
    names = [f"blocks.{layer}" for layer in range(count)]

    def scores(seen: Observation) -> list[Tensor]:
        asked.settle(seen.output)
        return [
            asked.score(module.forward_head(module.norm(seen.activations[name])))  # type: ignore[operator]
            for name in names
        ]

    _, calls = observe_backward(asked.model, asked.x, scores, activations=names)
    found = torch.zeros(len(asked.x), len(asked.layout), dtype=asked.x.dtype, device=asked.x.device)
    for done, call in enumerate(calls):
        for _, _, gradient in blocks(call):
            found += gradient.clamp(min=0).mean(1).sum(1) / (call.tokens * count)
        asked.tell(done + 1, count)
    return asked.layout.map(found)


def _read(asked: Asked, mixed: Mixed) -> Float[Tensor, "batch tokens"]:
    """What is read, through the matrices that each layer's weights and gradients make."""
    _, calls = observe_backward(asked.model, asked.x, lambda seen: asked.score(seen.output))
    return carried_down(calls, asked.reading().expand(len(asked.x), -1), mixed)
