"""The part *Cost*: by formula, and measured when the visitor asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.attention_layers.controls import Controls
from explorer.views.attention_layers.look import sizes_of

if TYPE_CHECKING:
    from explorer.timing.layer_cost import LayerCost
    from explorer.views.scope import Scope

__all__ = ["draw_formula", "draw_measured"]


def _names() -> dict[str, str]:
    from explorer.models.attention_layers.catalogue import FUSED, LAYERS

    return {name: title for name, (title, _) in LAYERS.items()} | {FUSED: "Global, fused"}


def _cost(name: str, title: str, controls: Controls, sides: tuple[int, ...], **how: object) -> LayerCost:
    from explorer.models.attention_layers.catalogue import build
    from explorer.timing.layer_cost import layer_cost

    layer = build(name, sizes_of(controls, controls.features, sides[-1]))
    return layer_cost(layer, controls.features, sides=sides, title=title, **how)  # type: ignore[arg-type]


def _drawing(
    costs: list[LayerCost], measures: dict[str, str], units: dict[str, str], caption: str
) -> Drawing:
    from explorer.figures.layer_cost import layer_cost_figure

    sides = costs[0].sides
    columns = {each: np.concatenate([getattr(one, each) for one in costs]) for each in measures}
    first = next(iter(measures))
    return Drawing(
        figure=layer_cost_figure(costs, measures),
        data={
            "layer": np.repeat([each.title for each in costs], len(sides)),
            "side": np.tile(sides, len(costs)),
            **columns,
        },
        units={"side": "cells", **units},
        caption=caption,
        alt=f"Curves of {' and of '.join(measures.values())} against the side, both axes logarithmic.",
        numbers={each.title: (_exponents(each, tuple(measures)), "") for each in costs} if first else {},
    )


def _exponents(cost: LayerCost, measures: tuple[str, ...]) -> str:
    found = cost.exponents()
    return " · ".join(f"{found[each]:.2f}" if np.isfinite(found[each]) else "–" for each in measures)


def _of(controls: Controls) -> str:
    return (
        f"{controls.features} features, {controls.heads} heads of {controls.key}, windows of "
        f"{controls.kernel} × {controls.kernel}"
    )


def draw_formula(controls: Controls, scope: Scope) -> Drawing:
    """Operations and bytes by formula, with their exponents."""
    from explorer.figures.layer_cost import FORMULA
    from explorer.timing.layer_cost import FIT_FROM, SIDES

    costs = [_cost(name, title, controls, SIDES, measured=False) for name, title in _names().items()]
    return _drawing(
        costs,
        FORMULA,
        {"flops": "FLOP", "held": "byte"},
        f"Operations of matrix products and convolutions, and bytes of features, projections and weights, for one "
        f"picture: {_of(controls)}. The numbers: exponents of operations and bytes against the number of cells, "
        f"from side {FIT_FROM}.",
    )


def draw_measured(controls: Controls, scope: Scope) -> Drawing:
    """Time and memory here and now, with their exponents."""
    import torch

    from explorer.figures.layer_cost import MEASURED
    from explorer.timing.layer_cost import FIT_FROM, SIDES

    device = "cuda" if scope.device != "cpu" and torch.cuda.is_available() else "cpu"
    sides, names = tuple(each for each in SIDES if each <= int(controls.longest)), _names()
    costs = []
    for at, (name, title) in enumerate(names.items()):

        def on_progress(share: float, at: int = at) -> None:
            scope.progress((at + share) / len(names))

        def measured(name: str = name, title: str = title, on_progress: object = on_progress) -> LayerCost:
            return _cost(name, title, controls, sides, device=device, on_progress=on_progress)

        sizes = (controls.features, controls.heads, controls.key, controls.kernel, controls.longest)
        costs.append(scope.remember(("layer cost", name, *sizes, controls.again), measured))
    return _drawing(
        costs,
        MEASURED,
        {"milliseconds": "ms", "peak": "byte"},
        f"A forward pass of one picture, the best of several, and the bytes of tensors that live together at most, on "
        f"{device}: {_of(controls)}; measurement {controls.again}. The numbers: exponents of time and memory against "
        f"the number of cells, from side {FIT_FROM}; a size that would not fit is left out.",
    )
