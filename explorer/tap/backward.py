"""Gradients of a score by every attention weight, at N·d numbers a layer instead of N².

A layer's result is O = A V, so that the gradient of anything by one weight is ∂s/∂A_ij = ∂s/∂O_i · V_j: the layers
keep their fused attention, one backward pass gives ∂s/∂O of all of them, and rows of the N x N gradient are made
when they are asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from explorer.tap.calls import AttentionCall
from explorer.tap.observe import Observation, watched
from explorer.tap.watch import Watch
from explorer.zoo.model import Model

__all__ = ["GradientCall", "observe_backward"]


@dataclass(frozen=True, eq=False)
class GradientCall:
    """An attention call, and the gradient of a score by what it gave."""

    call: AttentionCall
    output_gradient: Float[Tensor, "batch heads queries value_dim"]

    @property
    def tokens(self) -> int:
        return self.call.tokens

    def rows(
        self, start: int, stop: int
    ) -> tuple[Float[Tensor, "batch heads rows keys"], Float[Tensor, "batch heads rows keys"]]:
        """The weights of queries start … stop - 1, and the score's gradient by each."""
        gradient = self.output_gradient[:, :, start:stop] @ self.call.values.transpose(-2, -1)
        return self.call.rows(start, stop), gradient


def observe_backward(
    model: Model | nn.Module,
    x: Shaped[Tensor, "batch ..."],
    score: Callable[[Observation], Tensor | Sequence[Tensor]],
    *,
    activations: Sequence[str] = (),
) -> tuple[Observation, tuple[GradientCall, ...]]:
    """One watched pass, and one backward from `score(observation)`.

    The score is summed over the pictures, whose gradients do not mix. Several scores belong to the layers in
    their order: each layer then has the gradient of its own. A layer on which its score does not depend has
    gradient 0.

    Raises:
        UnsupportedModel, ControlError, OutOfMemory: as for `observe`.
    """
    # The graph begins at the first attention, which nothing before it is asked about.
    watch = Watch(by_output=True)
    with torch.enable_grad():
        seen = watched(model, x.detach(), watch, activations)
        seen.call(0)
        outputs = watch.outputs[: len(seen.calls)]
        scores = score(seen)
        if isinstance(scores, Tensor):
            gradients = torch.autograd.grad(scores.sum(), outputs, allow_unused=True)
        else:
            gradients = tuple(
                _own(one_score, output) for one_score, output in zip(scores, outputs, strict=True)
            )
    calls = []
    for call, output, gradient in zip(seen.calls, outputs, gradients, strict=True):
        gradient = torch.zeros_like(output) if gradient is None else gradient
        shape = *call.queries.shape[:3], call.values.shape[-1]
        calls.append(GradientCall(_cut(call), gradient.reshape(shape).detach()))
    return seen, tuple(calls)


def _own(score: Tensor, output: Tensor) -> Any:
    return torch.autograd.grad(score.sum(), output, retain_graph=True, allow_unused=True)[0]


def _cut(call: AttentionCall) -> AttentionCall:
    """The call without its graph."""
    bias = None if call.bias is None else call.bias.detach()
    return AttentionCall(
        call.name,
        call.queries.detach(),
        call.keys.detach(),
        call.values.detach(),
        call.scale,
        bias,
        call.causal,
    )
