"""The parts *Parallel and sequential* and *Receptive field*."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.image_transformer.controls import Controls

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["draw_reach", "draw_speed"]


def draw_speed(controls: Controls, scope: Scope) -> Drawing:
    """The time of one value, each way, here and now."""
    from explorer.timing.writing_speed import writing_speed

    model = scope.writer()
    told = 0 if model.classes else None
    found = writing_speed(model.module, repeats=1, stepped=128, uncached=8, told=told)
    ways = np.array(["parallel", "cached", "uncached"])
    seconds = np.array([found.parallel, found.cached, found.uncached])
    return Drawing(
        figure=found.figure(),
        data={"way": ways, "milliseconds": 1000 * seconds},
        units={"milliseconds": "ms a value"},
        caption=f"Time of a value of one picture of {found.values:,}, {model.title}, measured on {model.device}; "
        f"measurement {controls.again}.",
        alt="Three bars on a logarithmic axis: one parallel pass is the shortest, writing without a cache the longest.",
        numbers={
            "a whole picture in one pass": (1000 * found.parallel * found.values, "ms"),
            "written with the cache": (1000 * found.cached * found.values, "ms"),
            "written without it": (1000 * found.uncached * found.values, "ms"),
        },
    )


def draw_reach(controls: Controls, scope: Scope) -> Drawing:
    """What a pixel can depend on, by gradient."""
    from explorer.analysis.writing_reach import compared_reach
    from explorer.figures.generation import reach_figure

    found = compared_reach(
        controls.row - 1,
        controls.column - 1,
        depth=controls.depth,
        query=controls.query,
        memory=controls.memory,
        kernel=controls.kernel,
        convolutions=controls.convolutions,
    )
    return Drawing(
        figure=reach_figure(found, columns=4),
        data={
            "network": np.array([each.title for each in found]),
            "strength": np.stack([each.strength for each in found]),
            "written": found[0].written,
        },
        units={"strength": "norm of the gradient"},
        caption=f"Gradient of the pixel at row {controls.row}, column {controls.column} with respect to every pixel "
        f"of a canvas of 28 × 28, random weights; query blocks of {controls.query}, memory of {controls.memory} "
        f"more, {controls.depth} layers; {controls.convolutions} masked convolutions of {controls.kernel} × "
        f"{controls.kernel}. Crosses: written, and out of reach.",
        alt="Four maps of the canvas: full, 1-D and 2-D attention and masked convolution, each with what it sees.",
        numbers={each.title: (f"{each.share:.0%}", "of what is written") for each in found},
    )
