"""The part *Offsets in a ViT*: do heads look where a convolution would?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.attention_layers.controls import Controls

if TYPE_CHECKING:
    from explorer.analysis.head_offsets import HeadOffsets
    from explorer.views.scope import Scope

__all__ = ["draw_nearness", "draw_offsets"]


def _offsets(scope: Scope) -> HeadOffsets:
    from explorer.analysis.head_offsets import head_offsets
    from explorer.analysis.heads import head_statistics

    scope.layout("vit")
    observation = scope.look("vit").observation
    statistics = scope.remember(("offsets",), lambda: head_statistics(observation))
    return head_offsets(statistics)


def draw_offsets(controls: Controls, scope: Scope) -> Drawing:
    """Every head of an early and of a late layer."""
    found = _offsets(scope)
    layers = [controls.early - 1, controls.late - 1]
    model = scope.model("vit").entry.title
    numbers = {
        f"layer {at + 1}, within {cells} cell{'s' * (cells > 1)}": (f"{float(shares[at].mean()):.1%}", "")
        for at in dict.fromkeys(layers)
        for cells, shares in ((1, found.within_one), (2, found.within_two))
    }
    return Drawing(
        figure=found.figure(layers=layers),
        data={"layer": np.array(layers) + 1, "weight": found.by_offset[layers]},
        units={"weight": "share"},
        caption=f"Attention of {model} to “{scope.picture.name}” by offset from the query, averaged over all patches "
        f"as queries, layers {controls.early} and {controls.late}; framed: the query itself.",
        alt="Small maps of mean weight by offset, a row of heads of an early layer above one of a late layer.",
        numbers=numbers,
    )


def draw_nearness(controls: Controls, scope: Scope) -> Drawing:
    """The share near the query, layer by layer."""
    from explorer.figures.head_offsets import nearness_figure

    found = _offsets(scope)
    return Drawing(
        figure=nearness_figure(found),
        data={"within_one": found.within_one, "within_two": found.within_two},
        units={"within_one": "share", "within_two": "share"},
        caption=f"Share of the weight in the 3 × 3 and 5 × 5 patches around the query, {scope.model('vit').entry.title}, "
        f"“{scope.picture.name}”: the mean of the heads, each head a point. Dotted: even attention.",
        alt="Two curves of a share against the layer, with a point for each head and a dotted line for even attention.",
        numbers={
            "even attention, within 1 cell": (f"{found.uniform_one:.1%}", ""),
            "within 2 cells": (f"{found.uniform_two:.1%}", ""),
        },
    )
