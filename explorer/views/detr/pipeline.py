"""From the picture through backbone and encoder to the boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.geometry import Cell, Frame, Grid, PhotoPoint
from explorer.views.controls import describe
from explorer.views.detr.controls import PLACES, Controls
from explorer.views.detr.seen import SEEN, TRUTH, Seen, known_truth, query_columns, see
from explorer.views.view import Panel

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from explorer.analysis.query_attention import CellMaps
    from explorer.views.scope import Scope

__all__ = ["PANELS"]

WIDTH = 275
"""Of three figures that stand side by side, in pixels."""
PIXELS = dict.fromkeys(("left", "top", "right", "bottom"), "photograph pixels")
PLACE = ("row", "column")


def _cell(controls: Controls, seen: Seen) -> Cell:
    height, width = seen.picture.height, seen.picture.width
    place = PhotoPoint((controls.row - 0.5) / PLACES * height, (controls.column - 0.5) / PLACES * width)
    return seen.sight.cell_at(place)


def _clickable(figure: go.Figure, seen: Seen) -> go.Figure:
    """Places of the photograph, not cells, so that a click means the same for every model."""
    from explorer.figures.overlay import add_click_layer

    size = seen.picture.height, seen.picture.width
    add_click_layer(figure, Grid(PLACES, PLACES, *size), Frame.fit(size, size, how="squash"))
    return figure.update_layout(height=seen.height(WIDTH, besides=70))


def _place(cell: Cell, seen: Seen) -> str:
    grid = seen.sight.grid
    return f"cell ({cell.row + 1}, {cell.column + 1}) of {grid.rows} × {grid.columns}"


def _draw_detections(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    found, truth = seen.sight.predictions(threshold=controls.threshold), known_truth(controls, scope, seen)
    numbers: dict[str, tuple[float | int | str, str]] = {
        "kept": (f"{int(found.selected.sum())} of {len(found.selected)} queries", "")
    }
    if truth is not None:
        numbers["objects in the picture"] = (len(truth), "")
    return Drawing(
        figure=found.figure(**seen.on_photo, truth=truth).update_layout(
            height=seen.height(WIDTH, besides=70)
        ),
        data=query_columns(found),
        units=PIXELS,
        caption=f"What {seen.who} finds above a threshold of {controls.threshold:g}; true boxes dotted. "
        f"{found.sentence}",
        alt=f"The photograph with a labelled box for each of {int(found.selected.sum())} queries that are kept.",
        numbers=numbers,
    )


def _draw_backbone(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    found, cell = seen.sight.feature_map(), _cell(controls, seen)
    figure = found.figure(**seen.on_photo, chosen=cell, click=False)
    return Drawing(
        figure=_clickable(figure, seen),
        data={"strength": found.strength},
        units={"strength": "root mean square of the channels"},
        caption=f"The backbone's feature map of {seen.who}: {found.channels} channels in "
        f"{found.grid.rows} × {found.grid.columns} cells.",
        alt="The photograph with each cell of the feature map shaded by how strongly the backbone answers there.",
        numbers={
            "here": (float(found.strength[cell.row, cell.column]), ""),
            "mean": (float(np.nanmean(found.strength)), ""),
        },
    )


def _encoder(controls: Controls, seen: Seen, *, layer: int | None) -> CellMaps:
    from explorer.analysis.query_attention import encoder_attention

    return encoder_attention(seen.sight, _cell(controls, seen), layer=layer)


def _draw_encoder(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    layer, head = controls.encoder_layer - 1, _head(controls)
    found, cell = _encoder(controls, seen, layer=layer), _cell(controls, seen)
    map_ = found.map(layer, head)
    return Drawing(
        figure=_clickable(found.figure(**seen.on_photo, layer=layer, head=head), seen),
        data={"attention": map_},
        units={"attention": "share of the row"},
        caption=f"Encoder attention of {_place(cell, seen)}, {describe(controls, ('encoder_layer', 'head'))}, "
        f"of {seen.who}.",
        alt="The photograph with each cell shaded by the weight that the chosen cell gives it.",
        numbers={
            "sum of the row": (float(np.nansum(map_)), ""),
            "on itself": (float(map_[cell.row, cell.column]), ""),
        },
    )


def _draw_encoder_heads(controls: Controls, scope: Scope) -> Drawing:
    seen, layer = see(controls, scope), controls.encoder_layer - 1
    found = _encoder(controls, seen, layer=layer)
    return Drawing(
        figure=found.figure(**seen.on_photo, layer=layer, heads=True),
        data={"attention": found.weights[0]},
        units={"attention": "share of the row"},
        caption=f"The same row in every head of encoder layer {layer + 1} of {seen.who}; one colour scale for all.",
        alt=f"{found.weights.shape[1]} small maps, one for each head, of the weights that the chosen cell gives.",
    )


def _draw_encoder_layers(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    found = _encoder(controls, seen, layer=None)
    return Drawing(
        figure=found.figure(**seen.on_photo, head=_head(controls)),
        data={"attention": np.stack([found.map(each, _head(controls)) for each in found.layers])},
        units={"attention": "share of the row"},
        caption=f"The same row in every encoder layer, {describe(controls, ('head',))}, of {seen.who}.",
        alt=f"{len(found.layers)} small maps, one for each encoder layer.",
    )


def _draw_steps(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.pipeline import steps_figure

    seen = see(controls, scope)
    steps = seen.sight.shapes
    return Drawing(
        figure=steps_figure(steps),
        data={"step": np.array([name for name, _ in steps]), "shape": np.array([said for _, said in steps])},
        units={},
        caption=f"The steps of {seen.who}, each with the shape of what it hands on.",
        alt="A list of steps: " + "; ".join(f"{name}: {shape}" for name, shape in steps) + ".",
    )


def _head(controls: Controls) -> int | None:
    return None if controls.head == "mean" else int(controls.head) - 1


PANELS = (
    Panel("detections", "Detections", _draw_detections, (*TRUTH, "threshold"), part="pipeline"),
    Panel("backbone", "Backbone", _draw_backbone, (*SEEN, *PLACE), part="pipeline", click=PLACE),
    Panel(
        "encoder",
        "Encoder attention",
        _draw_encoder,
        (*SEEN, *PLACE, "encoder_layer", "head"),
        part="pipeline",
        click=PLACE,
    ),
    Panel("steps", "Step by step", _draw_steps, SEEN, part="pipeline"),
    Panel(
        "encoder-heads",
        "Every head of the encoder layer",
        _draw_encoder_heads,
        (*SEEN, *PLACE, "encoder_layer"),
        part="pipeline",
    ),
    Panel(
        "encoder-layers",
        "Every encoder layer",
        _draw_encoder_layers,
        (*SEEN, *PLACE, "head"),
        part="pipeline",
    ),
)
