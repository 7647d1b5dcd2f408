"""Grad-CAM (Selvaraju et al., ICCV 2017) where a model's last features lie on the picture."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.analysis.attribution.context import AttributionContext
from explorer.analysis.receptive_field import receptive_field
from explorer.errors import UnsupportedModel
from explorer.geometry import TokenLayout
from explorer.tap.clone import capture_activations, clone_sharing_weights

__all__ = ["feature_layer", "grad_cam"]


def feature_layer(module: nn.Module, tokens: TokenLayout | None, size: tuple[int, int]) -> str:
    """The part whose output Grad-CAM weighs: a CNN's last map, or what enters a transformer's last attention. After
    that attention, a patch no longer reaches an answer that is read from the class token, and its gradient is 0.

    Raises:
        UnsupportedModel: the model has neither.
    """
    if tokens is None:
        return receptive_field(module, input_size=size).depth[-1]
    last = f"blocks.{len(module.blocks) - 1}"  # type: ignore[arg-type]
    have = dict(module.named_modules())
    for name in (f"{last}.norm1", f"{last}.in_norm"):
        if name in have:
            return name
    raise UnsupportedModel(
        "Grad-CAM has no layer in this model", why="its last block has no normalisation before its attention"
    )


def grad_cam(context: AttributionContext) -> Float[Tensor, "batch rows columns"]:
    """Σ_k a_k · (mean of ∂ logit / ∂ feature k over the picture), what is above 0."""
    size = context.x.shape[-2], context.x.shape[-1]
    layer = feature_layer(context.module, context.tokens, size)
    own = clone_sharing_weights(context.module)
    recorded = capture_activations(own, [layer])
    with torch.enable_grad():
        logits = own(context.x.detach().clone().requires_grad_())
        features = recorded[layer]
        (gradient,) = torch.autograd.grad(context.score(logits).sum(), features)
    features, gradient = features.detach(), gradient.detach()
    if context.tokens is not None:
        features, gradient = (context.tokens.map(tensor.movedim(-1, 1)) for tensor in (features, gradient))
    return (features * gradient.mean((2, 3), keepdim=True)).sum(1).clamp(min=0)
