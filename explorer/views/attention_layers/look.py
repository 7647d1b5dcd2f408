"""The part *Reach and weights*: a clicked cell through every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.geometry import Cell
from explorer.views.attention_layers.controls import Controls

if TYPE_CHECKING:
    from explorer.analysis.layer_looks import LayerLook
    from explorer.models.attention_layers.catalogue import Sizes
    from explorer.models.attention_layers.layer import SpatialLayer
    from explorer.views.scope import Scope

__all__ = ["draw_cells", "draw_reach", "draw_weights"]

FEATURES = 32
LOOKED = ("side", "row", "column", "depth", "kernel", "heads", "key", "sharpness", "alike", "seed")
"""What a look depends on, besides the picture."""


def _cell(controls: Controls) -> Cell:
    return Cell(controls.row - 1, controls.column - 1)


def _place(controls: Controls) -> str:
    return f"row {controls.row}, column {controls.column} of {controls.side} × {controls.side} cells"


def sizes_of(controls: Controls, features: int, longest: int) -> Sizes:
    """Raises ControlError where they do not fit a layer."""
    from explorer.models.attention_layers.catalogue import Sizes

    return Sizes(features, controls.heads, controls.key, controls.kernel, longest)


def _stack(name: str, controls: Controls) -> list[SpatialLayer]:
    from explorer.models.attention_layers.catalogue import build

    sizes = sizes_of(controls, FEATURES, controls.side)
    seeds = range(100 * controls.seed, 100 * controls.seed + controls.depth)
    return [
        build(name, sizes, seed=seed, alike=controls.alike, sharpness=controls.sharpness) for seed in seeds
    ]


def _looks(controls: Controls, scope: Scope) -> list[LayerLook]:
    """Every layer at the cell: one pass through each serves what it can reach, for any input, and what it weighs."""
    from explorer.analysis.layer_looks import layer_look, picture_features
    from explorer.models.attention_layers.catalogue import LAYERS

    def make() -> list[LayerLook]:
        x = picture_features(scope.picture.pixels, controls.side, FEATURES)
        return [
            layer_look(_stack(name, controls), x, _cell(controls), title=title)
            for name, (title, _) in LAYERS.items()
        ]

    key = ("looks", *(getattr(controls, name) for name in LOOKED))
    return scope.remember(key, make)


def _said(controls: Controls) -> str:
    layers = "one layer" if controls.depth == 1 else "two layers of a kind"
    return f"{layers}, windows of {controls.kernel} × {controls.kernel}, {controls.heads} heads of {controls.key}"


def draw_cells(controls: Controls, scope: Scope) -> Drawing:
    """The picture as the layers are given it."""
    from explorer.analysis.layer_looks import picture_cells
    from explorer.figures.attention_layers import cells_figure

    pixels = picture_cells(scope.picture.pixels, controls.side)
    return Drawing(
        figure=cells_figure(pixels, _cell(controls)),
        data={"colours": pixels},
        units={"colours": "0 to 255"},
        caption=f"The middle square of “{scope.picture.name}” as {controls.side} × {controls.side} cells; chosen: "
        f"{_place(controls)}.",
        alt=f"A picture of {controls.side} by {controls.side} coloured squares, one of them framed.",
    )


def draw_reach(controls: Controls, scope: Scope) -> Drawing:
    """The cells that can change the answer."""
    from explorer.figures.attention_layers import reach_figure

    looks = _looks(controls, scope)
    return Drawing(
        figure=reach_figure(looks),
        data={
            "layer": np.array([each.title for each in looks]),
            "can": np.stack([each.can for each in looks]),
        },
        units={},
        caption=f"Cells whose features can change the answer at {_place(controls)}: the gradient is not exactly "
        f"zero, for random inputs. {_said(controls).capitalize()}.",
        alt="Maps of the cells in reach: " + ", ".join(f"{each.title} {each.share:.0%}" for each in looks),
    )


def draw_weights(controls: Controls, scope: Scope) -> Drawing:
    """The weight on each cell."""
    from explorer.figures.attention_layers import weights_figure

    looks = _looks(controls, scope)
    return Drawing(
        figure=weights_figure(looks, log=controls.log),
        data={
            "layer": np.array([each.title for each in looks]),
            "weight": np.stack([each.does for each in looks]),
            "can": np.stack([each.can for each in looks]),
            "entropy": np.array([each.entropy for each in looks]),
        },
        units={"weight": "share", "entropy": "bit"},
        caption=f"Share of the weight on each cell of “{scope.picture.name}” for the answer at {_place(controls)}, "
        f"mean of the heads: {_said(controls)}; random weights {controls.seed}, queries and keys "
        f"{'alike' if controls.alike else 'unrelated'}, sharpness {controls.sharpness:g}. Empty: out of reach; on the "
        "logarithmic scale the darkest colour is a ten-thousandth of the largest weight and less.",
        alt=f"{len(looks)} maps of weights around the chosen cell, one for each layer.",
        numbers={f"{each.title}, entropy": (each.entropy, "bit") for each in looks[4:]},
    )
