"""The tab *Pipeline*: from the picture through backbone and encoder to the boxes."""

from functools import partial

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.query_attention import CellMap, CellMaps, encoder_attention
from explorer.figures.overlay import add_click_layer
from explorer.figures.pipeline import steps_figure
from explorer.geometry import Cell, Frame, Grid, PhotoPoint
from explorer.views.controls import describe
from explorer.views.detr.controls import PLACES, Controls
from explorer.views.detr.seen import SEEN, TRUTH, Seen, head_of, known_truth, see
from explorer.views.panel import Drawing, Scope, draw, panel

WIDTH = 275
"""Of three figures that stand side by side, in pixels."""
PLACE = ("row", "column")
pipeline_tab = partial(panel, tab="pipeline")


def _cell(controls: Controls, seen: Seen) -> Cell:
    height, width = seen.picture.height, seen.picture.width
    place = PhotoPoint((controls.row - 0.5) / PLACES * height, (controls.column - 0.5) / PLACES * width)
    return seen.sight.cell_at(place)


def _clickable(figure: go.Figure, seen: Seen) -> go.Figure:
    """Places of the photograph, not cells, so that a click means the same for every model."""
    size = seen.picture.height, seen.picture.width
    add_click_layer(figure, Grid(PLACES, PLACES, *size), Frame.fit(size, size, how="squash"))
    return figure.update_layout(height=seen.height(WIDTH, besides=70))


def _encoder(controls: Controls, seen: Seen, *, layer: int | None) -> CellMaps:
    return encoder_attention(seen.sight, _cell(controls, seen), layer=layer)


@pipeline_tab("detections", "Detections", uses=(*TRUTH, "threshold"))
def detections_panel(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    result, truth = seen.sight.predictions(threshold=controls.threshold), known_truth(controls, scope, seen)
    objects = {} if truth is None else {"objects in the picture": (len(truth), "")}
    return draw(
        result,
        f"Detections with a score above {controls.threshold:g}; true boxes dotted. {result.sentence}",
        figure=result.figure(**seen.on_picture, truth=truth).update_layout(
            height=seen.height(WIDTH, besides=70)
        ),
        numbers={**result.numbers(), **objects},
    )


@pipeline_tab("backbone", "Backbone", uses=(*SEEN, *PLACE), click=PLACE)
def backbone_panel(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    result, cell = seen.sight.feature_map(), _cell(controls, seen)
    figure = result.figure(**seen.on_picture, chosen=cell, click=False)
    return draw(
        result,
        f"The backbone's feature map: {result.channels} channels in {result.grid.rows} × {result.grid.columns} cells.",
        figure=_clickable(figure, seen),
        numbers={"here": (float(result.strength[cell.row, cell.column]), ""), **result.numbers()},
    )


@pipeline_tab("encoder", "Encoder attention", uses=(*SEEN, *PLACE, "encoder_layer", "head"), click=PLACE)
def encoder_panel(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    layer, head = controls.encoder_layer - 1, head_of(controls)
    maps, cell, grid = _encoder(controls, seen, layer=layer), _cell(controls, seen), seen.sight.grid
    return draw(
        CellMap(maps.map(layer, head), cell),
        f"Encoder attention of cell ({cell.row + 1}, {cell.column + 1}) of {grid.rows} × {grid.columns}, "
        f"{describe(controls, ('encoder_layer', 'head'))}.",
        figure=_clickable(maps.figure(**seen.on_picture, layer=layer, head=head), seen),
    )


@pipeline_tab("steps", "Steps and shapes", uses=SEEN)
def steps_panel(controls: Controls, scope: Scope) -> Drawing:
    steps = see(controls, scope).sight.shapes
    return draw(
        None,
        "The steps from the picture to the boxes, each with the shape of its output.",
        figure=steps_figure(steps),
        arrays={
            "step": (np.array([name for name, _ in steps]), ""),
            "shape": (np.array([shape for _, shape in steps]), ""),
        },
        alt="A list of steps: " + "; ".join(f"{name}: {shape}" for name, shape in steps) + ".",
    )
