"""Attention sees everything at once (A3): how far heads look, against how far a CNN does at the same depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["measure"]


def measure(
    *,
    cnn: str = "efficientnet-lite0",
    vit: str = "vit",
    images: Sequence[str] = ("cat", "astronaut", "coffee"),
    trained: bool = True,
    draws: int = 2,
    device: str = "auto",
) -> Mapping[str, Any]:
    """Mean attention distance of each head of each layer of a ViT (Dosovitskiy et al. 2021, fig. 7).

    Beside each layer, for the place in the middle: the radius that holds 90 % of the gradient of its token,
    and that of the CNN's unit at the same share of the depth, 50 % in `half`. All in pixels of the input,
    averaged over `images`; `even attention` is the distance of a head that attends to all patches alike.

    Raises:
        UnsupportedModel: `vit` has no attention that can be shown.
    """
    from explorer import zoo
    from explorer.analysis.field import depth_layers, effective_fields
    from explorer.analysis.heads import head_statistics, uniform_distance
    from explorer.experiments.effective_field import photographs
    from explorer.tap import observe

    network, transformer = (
        zoo.load(name, kind=zoo.Model, trained=trained, device=device) for name in (cnn, vit)
    )
    pictures = photographs(transformer, images)
    heads = head_statistics(observe(transformer, pictures))
    tokens = effective_fields(transformer, pictures, layers=depth_layers(transformer), draws=draws)
    # The CNN is shown the very same pixels, whatever its own input size.
    side = transformer.input_size[0]
    parts = depth_layers(network, input_size=transformer.input_size)
    units = effective_fields(network, photographs(network, images, side=side), layers=parts, draws=draws)
    layers = []
    for number, token in enumerate(tokens):
        unit = units[-(-(number + 1) * len(units) // len(tokens)) - 1]
        layers.append(
            {
                "layer": number + 1,
                "depth": round((number + 1) / len(tokens), 4),
                "attention distance": [round(float(pixels), 2) for pixels in heads.distance[number]],
                "token radius": round(token.radius_90, 2),
                "token half": round(token.radius_50, 2),
                "cnn layer": unit.layer,
                "cnn radius": round(unit.radius_90, 2),
                "cnn half": round(unit.radius_50, 2),
                "cnn theoretical radius": unit.theoretical_radius,
            }
        )
    return {
        "values": {"layers": layers, "even attention": round(uniform_distance(heads.tokens.grid), 2)},
        "unit": "input pixels",
        "model": [network.entry.name, transformer.entry.name],
        "checkpoint": [network.checkpoint, transformer.checkpoint],
        "data": f"{', '.join(images)} at {side} x {transformer.input_size[1]}",
        "device": transformer.device,
    }
