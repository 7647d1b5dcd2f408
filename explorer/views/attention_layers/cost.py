"""The tab *Cost*: by formula, and measured on request."""

from functools import partial
from typing import Any

import torch

from explorer.figures.layer_cost import FORMULA, MEASURED
from explorer.models.attention_layers.catalogue import FUSED, LAYERS, build
from explorer.timing.layer_cost import FIT_FROM, SIDES, LayerCost, LayerCosts, layer_cost
from explorer.views.attention_layers.controls import Controls
from explorer.views.attention_layers.look import sizes_of
from explorer.views.panel import Drawing, Scope, draw, panel

TITLES = {name: title for name, (title, _) in LAYERS.items()} | {FUSED: "Global, fused"}
SIZES = ("features", "heads", "key", "kernel")
EXPONENTS = f"The numbers are exponents of {{}} against the number of cells, from side {FIT_FROM}"


def _cost(name: str, controls: Controls, sides: tuple[int, ...], **options: Any) -> LayerCost:
    layer = build(name, sizes_of(controls, controls.features, sides[-1]))
    return layer_cost(layer, controls.features, sides=sides, title=TITLES[name], **options)


def _subject(controls: Controls, scope: Scope) -> str:
    return (
        f"{controls.features} features, {controls.heads} heads of {controls.key}, windows of {controls.kernel} × "
        f"{controls.kernel}"
    )


@panel("formula", "Cost by formula", wide=True, tab="cost", uses=SIZES, subject=_subject)
def formula_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        LayerCosts([_cost(name, controls, SIDES, measured=False) for name in TITLES], FORMULA),
        "Operations of matrix products and convolutions, and bytes of features, projections and weights, for one picture. "
        f"{EXPONENTS.format('operations and bytes')}.",
    )


@panel(
    "measured", "Measured cost", tab="cost", uses=(*SIZES, "longest", "again"), heavy=True, subject=_subject
)
def measured_panel(controls: Controls, scope: Scope) -> Drawing:
    device = "cuda" if scope.device != "cpu" and torch.cuda.is_available() else "cpu"
    sides = tuple(side for side in SIDES if side <= int(controls.longest))

    def measure(at: int, name: str) -> LayerCost:
        return _cost(
            name,
            controls,
            sides,
            device=device,
            on_progress=lambda share: scope.progress((at + share) / len(TITLES)),
        )

    key = ("layer cost", *(getattr(controls, name) for name in (*SIZES, "longest", "again")))
    costs = [scope.remember((*key, name), partial(measure, at, name)) for at, name in enumerate(TITLES)]
    return draw(
        LayerCosts(costs, MEASURED),
        "A forward pass of one picture, the best of several, and the largest number of bytes of tensors at the same time, "
        f"on {device}; measurement {controls.again}. {EXPONENTS.format('time and memory')}; a size that would not fit is "
        "left out.",
    )
