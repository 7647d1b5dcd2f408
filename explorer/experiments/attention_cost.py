"""An attention layer relates all pairs; that is dear at high resolution (B4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["measure"]


def measure(
    *,
    features: int = 16,
    heads: int = 1,
    key: int = 16,
    kernel: int = 7,
    longest: int = 128,
    device: str = "cpu",
) -> Mapping[str, Any]:
    """For each layer, on pictures of 8 x 8 to `longest` x `longest` cells: operations and bytes by formula, milliseconds
    and peak bytes of tensors as measured (null: not measured, it would not fit), and the exponent of each against the
    number of cells, fitted from side 32 on (null: fewer than two sides).

    Raises:
        ControlError: the sizes do not fit a layer.
    """
    import math

    import torch

    from explorer.models.attention_layers.catalogue import FUSED, LAYERS, Sizes, build
    from explorer.timing.layer_cost import SIDES, layer_cost

    sizes = Sizes(features, heads, key, kernel, longest)
    sides = [side for side in SIDES if side <= longest]
    titles = {name: title for name, (title, _) in LAYERS.items()} | {FUSED: "Global, fused"}
    values: dict[str, Any] = {}
    for name, title in titles.items():
        cost = layer_cost(build(name, sizes), features, sides=sides, device=device)

        def finite(number: float) -> float | None:
            return float(f"{number:.4g}") if math.isfinite(number) else None

        columns = {
            "flops": cost.flops,
            "held": cost.held,
            "milliseconds": cost.milliseconds,
            "peak": cost.peak,
        }
        values[title] = {
            "exponents": {measure: finite(exponent) for measure, exponent in cost.exponents().items()},
            **{
                measure: {side: finite(measured) for side, measured in zip(sides, column, strict=True)}
                for measure, column in columns.items()
            },
        }
    return {
        "values": values,
        "model": "one layer with random weights",
        "checkpoint": "random:0",
        "data": "random features",
        "device": device,
        "threads": torch.get_num_threads(),
    }
