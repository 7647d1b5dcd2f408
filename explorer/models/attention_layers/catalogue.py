"""The layers by name, and making them with weights of one's choosing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from explorer.errors import ControlError
from explorer.models.attention_layers.augmented import AugmentedConvolution
from explorer.models.attention_layers.axial import AxialAttention
from explorer.models.attention_layers.convolution import Convolution, DepthwiseConvolution
from explorer.models.attention_layers.global_attention import GlobalAttention
from explorer.models.attention_layers.layer import SpatialLayer
from explorer.models.attention_layers.non_local import NonLocal
from explorer.models.attention_layers.stand_alone import StandAlone

__all__ = ["FUSED", "LAYERS", "Sizes", "build", "fill"]


@dataclass(frozen=True)
class Sizes:
    """Of a layer: features F, heads h, size d of a head's keys, window k, and the longest side of a picture."""

    features: int = 32
    heads: int = 4
    key: int = 8
    kernel: int = 7
    longest: int = 32


LAYERS: Mapping[str, tuple[str, Callable[[Sizes], SpatialLayer]]] = {
    "convolution": ("Convolution", lambda s: Convolution(s.features, s.kernel)),
    "depthwise": ("Depthwise convolution", lambda s: DepthwiseConvolution(s.features, s.kernel)),
    "non-local": ("Non-local, Gaussian", lambda s: NonLocal(s.features, s.heads * s.key)),
    "non-local-dot": ("Non-local, dot product", lambda s: NonLocal(s.features, s.heads * s.key, pair="dot")),
    "augmented": (
        "Augmented convolution",
        lambda s: AugmentedConvolution(s.features, s.heads, s.key, s.kernel, size=(s.longest, s.longest)),
    ),
    "stand-alone": ("Stand-alone (local)", lambda s: StandAlone(s.features, s.heads, s.key, s.kernel)),
    "axial": (
        "Axial",
        lambda s: AxialAttention(s.features, s.heads, s.key, size=(s.longest, s.longest)),
    ),
    "global": ("Global self-attention", lambda s: GlobalAttention(s.features, s.heads, s.key)),
}
FUSED = "global-fused"
"""Not another layer but another way to compute the last: looked at for its cost alone."""


def build(
    name: str, sizes: Sizes, *, seed: int = 0, alike: bool = False, sharpness: float = 1.0
) -> SpatialLayer:
    """A layer with random weights. See `fill`.

    Raises:
        ControlError: there is no such layer, or the sizes do not fit.
    """
    if name == FUSED:
        layer: SpatialLayer = GlobalAttention(sizes.features, sizes.heads, sizes.key, fused=True)
    elif name in LAYERS:
        layer = LAYERS[name][1](sizes)
    else:
        raise ControlError(f"There is no layer called {name!r}", do=f"choose among {', '.join(LAYERS)}")
    return fill(layer, seed=seed, alike=alike, sharpness=sharpness)


@torch.no_grad()
def fill(layer: SpatialLayer, *, seed: int = 0, alike: bool = False, sharpness: float = 1.0) -> SpatialLayer:
    """Weights drawn with variance 1 / inputs, the same for the same seed whatever else runs.

    `alike` copies the queries' weights to the keys, so that cells attend to what is like them; `sharpness` is a
    factor on the queries, hence on all logits; a layer that does not divide its scores by the square root of the key
    size has that in the queries too, so that the same sharpness means the same.
    """
    generator = torch.Generator().manual_seed(seed)
    for parameter in layer.parameters():
        spread = parameter[0].numel() ** -0.5
        parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread)
    for module in layer.modules():
        if hasattr(module, "query"):
            if alike:
                module.key.weight.copy_(module.query.weight)
            key = module.query.out_channels // getattr(module, "heads", 1)
            module.query.weight.mul_(sharpness if layer.scales else sharpness * key**-0.5)
    return layer.eval().requires_grad_(False)
