"""The part *Encodings*: codes, waves, biases, rotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.positions.controls import Controls
from explorer.views.positions.models import of_code

if TYPE_CHECKING:
    from explorer.analysis.positions import CodeSimilarity
    from explorer.views.scope import Scope

__all__ = ["draw_bias", "draw_grid", "draw_one", "draw_rotation", "draw_waves"]


def _who(controls: Controls, code: str = "") -> str:
    from explorer.models.position_vit import CODES

    weights = f"training {controls.seed}" if controls.trained else f"random weights of seed {controls.seed}"
    return f"small vision transformer, {CODES[code or controls.code]}, {weights}"


def _similarity(controls: Controls, scope: Scope) -> CodeSimilarity:
    from explorer.analysis.positions import code_similarity

    return code_similarity(of_code(controls.code, controls, scope)[1])


def draw_grid(controls: Controls, scope: Scope) -> Drawing:
    found = _similarity(controls, scope)
    return Drawing(
        figure=found.figure(chosen=(controls.row - 1, controls.column - 1)),
        data={"cosine": found.cosine},
        units={"cosine": "cosine"},
        caption=f"Cosine of each position's code with every other's: {_who(controls)}. Each small grid belongs to the "
        "position at its place; a click chooses it.",
        alt="A grid of small grids, each brightest at its own place.",
    )


def draw_one(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.positions import similarity_figure

    found = _similarity(controls, scope)
    at = (controls.row - 1, controls.column - 1)
    values = found.of(*at)
    row, column = (values == np.sort(values.ravel())[-2]).nonzero()
    return Drawing(
        figure=similarity_figure(found, position=at),
        data={"cosine": values},
        units={"cosine": "cosine"},
        caption=f"Cosine of the code of row {controls.row}, column {controls.column} with every other: {_who(controls)}.",
        alt="A map over the grid of positions, 1 at the chosen one.",
        numbers={
            "most like it": (f"row {row[0] + 1}, column {column[0] + 1}", ""),
            "same row, mean": (float(np.delete(values[at[0]], at[1]).mean()), ""),
            "same column, mean": (float(np.delete(values[:, at[1]], at[0]).mean()), ""),
        },
    )


def draw_waves(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.positions import wavelengths
    from explorer.figures.positions import wavelengths_figure
    from explorer.models.sequence_models import sine_positions

    code = sine_positions(64, controls.width).numpy()
    waves = wavelengths(controls.width)
    return Drawing(
        figure=wavelengths_figure(code),
        data={"code": code, "wavelength": waves},
        units={"wavelength": "positions"},
        caption=f"The sine code of the first 64 positions, {controls.width} numbers each: sines and cosines in turn, "
        "from short waves to long ones.",
        alt="Vertical stripes that widen to the right.",
        numbers={
            "shortest wave": (float(waves[0]), "positions"),
            "longest wave": (float(waves[-1]), "positions"),
        },
    )


def draw_bias(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.positions import offset_bias
    from explorer.figures.positions import bias_figure

    table = offset_bias(of_code("relative", controls, scope)[1], controls.layer - 1)
    values = table[controls.head - 1]
    middle = values.shape[0] // 2
    return Drawing(
        figure=bias_figure(table, head=controls.head - 1),
        data={"bias": table},
        units={"bias": "added to the score"},
        caption=f"What head {controls.head} of layer {controls.layer} adds to a score for each offset from query to "
        f"key: {_who(controls, 'relative')}. One colour scale for all heads of the layer.",
        alt="A map over offsets, the query's own place in the middle.",
        numbers={"for itself": (float(values[middle, middle]), ""), "largest": (float(values.max()), "")},
    )


def draw_rotation(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.positions import rotation_angles
    from explorer.figures.positions import rotation_figure

    angles = rotation_angles(of_code("rotary", controls, scope)[1])
    return Drawing(
        figure=rotation_figure(angles),
        data={"angle": angles},
        units={"angle": "radian"},
        caption=f"How far each pair of numbers of queries and keys is turned from the first patch to each: "
        f"{_who(controls, 'rotary')}. The first half of the pairs tells rows, the second columns.",
        alt=f"{angles.shape[-1]} small maps of stripes, fast and slow.",
        numbers={
            "one row down turns the first pair by": (
                float(np.degrees(angles[1, 0, 0] - angles[0, 0, 0])),
                "°",
            )
        },
    )
