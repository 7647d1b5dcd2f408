"""The tab *Designer*: the receptive fields of a network that is written as a line."""

from functools import partial

import numpy as np

from explorer.analysis.receptive_field import LayerField, LayerTable, ReceptiveField, receptive_field
from explorer.analysis.receptive_field.designed import designed_field, stack_layers
from explorer.errors import ControlError
from explorer.figures.receptive_field import boxes_figure, growth_figure
from explorer.geometry import Frame, Grid, as_fit
from explorer.models.conv_stack import parse
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.receptive_field.compare import HEIGHT, PLACE, place_title
from explorer.views.receptive_field.controls import PLACES, Controls
from explorer.views.receptive_field.lens import point

DESIGN = ("source", "stack", "side", "cnn")


def designed(
    source: str, line: str, side: int, scope: Scope
) -> tuple[tuple[LayerField, ...], ReceptiveField]:
    """The layers to show and the whole field, of the line or of the selected CNN."""
    if source == "CNN":
        model = scope.model("cnn")
        field = scope.remember(("network field", model.entry.name), lambda: receptive_field(model))
        return field.along_depth, field
    stack = parse(line)
    field = scope.remember(
        ("stack field", line, side), lambda: designed_field(stack, input_size=(side, side))
    )
    return stack_layers(field, stack), field


def _selected(controls: Controls, scope: Scope) -> tuple[LayerTable, LayerField]:
    """All layers, and the selected one."""
    layers, field = designed(controls.source, controls.stack, controls.side, scope)
    if not layers:
        raise ControlError("This network has no layer with rows and columns")
    return LayerTable(layers, field), layers[min(controls.layer, len(layers)) - 1]


def _network(controls: Controls, scope: Scope) -> str:
    return scope.model("cnn").entry.title if controls.source == "CNN" else f"“{controls.stack}”"


designer_tab = partial(panel, tab="designer", subject=_network)


@designer_tab("stack", "Receptive field of each layer", wide=True, uses=(*DESIGN, "layer"))
def stack_panel(controls: Controls, scope: Scope) -> Drawing:
    table, selected = _selected(controls, scope)
    caption = "Receptive field, jump, parameters and FLOPs of each layer."
    return draw(table, caption, chosen=selected.name)


@designer_tab(
    "stack-box",
    "Receptive field on the picture",
    uses=("picture", "fit", *DESIGN, "layer", *PLACE),
    click=PLACE,
)
def stack_box_panel(controls: Controls, scope: Scope) -> Drawing:
    table, selected = _selected(controls, scope)
    size, photo = table.field.input_size, scope.picture
    frame = Frame.fit((photo.height, photo.width), size, how=as_fit(controls.fit))
    at = point(controls, size)
    box = selected.box(selected.cell_at(at))
    sides = " × ".join(f"{side:g}" for side in selected.size)
    figure = boxes_figure(
        table.layers, at, photo.pixels, frame, chosen=selected.name, click=Grid(PLACES, PLACES, *size)
    )
    return draw(
        None,
        f"What a unit of {selected.name} can see at {place_title(controls)} of “{photo.name}”.",
        figure=figure.update_layout(height=HEIGHT + 40),
        arrays={
            "box": (
                np.array([box.top, box.left, box.bottom, box.right]),
                "input pixels: top, left, bottom, right",
            )
        },
        numbers={"field": (sides, "px"), "inside the picture": (f"{box.height:g} × {box.width:g}", "px")},
        alt=f"Boxes on the picture, one for each layer; that of {selected.name} stands out with {sides} pixels.",
    )


@designer_tab("stack-growth", "Growth of the receptive field", uses=(*DESIGN, "layer"))
def stack_growth_panel(controls: Controls, scope: Scope) -> Drawing:
    table, selected = _selected(controls, scope)
    return draw(
        table,
        "Growth of the receptive field through the layers.",
        figure=growth_figure(table.layers, chosen=selected.name).update_layout(height=HEIGHT + 40),
        arrays={"size": table.arrays()["rows"]},
        numbers={},
    )
