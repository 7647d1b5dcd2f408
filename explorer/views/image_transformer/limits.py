"""The tabs *Parallel and sequential* and *Receptive field*."""

from explorer.analysis.writing_reach import ReachesCompared, compared_reach
from explorer.timing.writing_speed import writing_speed
from explorer.views.image_transformer.controls import Controls
from explorer.views.panel import Drawing, Scope, draw, panel


@panel("speed", "Milliseconds per value", tab="speed", uses=("writer", "again"), heavy=True)
def speed_panel(controls: Controls, scope: Scope) -> Drawing:
    """The time of one value, each way, measured here and now."""
    model = scope.writer()
    result = writing_speed(
        model.module, repeats=1, stepped=128, uncached=8, told=0 if model.classes else None
    )
    return draw(
        result,
        f"Time of a value of one picture of {result.values:,}, {model.title}, measured on {model.device}; measurement "
        f"{controls.again}.",
    )


@panel(
    "reach", "Receptive field of a pixel", wide=True, tab="reach",
    uses=("row", "column", "depth", "query", "memory", "convolutions", "kernel"),
)  # fmt: skip
def reach_panel(controls: Controls, scope: Scope) -> Drawing:
    networks = compared_reach(
        controls.row - 1,
        controls.column - 1,
        depth=controls.depth,
        query=controls.query,
        memory=controls.memory,
        kernel=controls.kernel,
        convolutions=controls.convolutions,
    )
    return draw(
        ReachesCompared(tuple(networks)),
        f"Gradient of the pixel at row {controls.row}, column {controls.column} with respect to every pixel of a canvas of "
        f"28 × 28, random weights; query blocks of {controls.query}, memory of {controls.memory} more, {controls.depth} "
        f"layers; {controls.convolutions} masked convolutions of {controls.kernel} × {controls.kernel}. Crosses: "
        "generated, and out of reach.",
        columns=4,
    )
