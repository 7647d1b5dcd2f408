"""The view *Receptive field and attention*: one place through a CNN and a ViT, and a designer of CNNs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import ControlError, ExplorerError
from explorer.export.drawing import Drawing
from explorer.geometry import FITS, Frame, Grid, InputPoint, as_fit
from explorer.views.controls import choice, describe, model, picture, switch, text, whole
from explorer.views.view import Panel, View

if TYPE_CHECKING:
    from explorer.analysis.field import EffectiveField
    from explorer.analysis.receptive_field import LayerField, ReceptiveField
    from explorer.views.scope import Look, Scope

__all__ = ["VIEW", "Controls"]

PLACES = 32
"""Rows and columns of places that can be clicked."""
SLOTS = {"cnn": "CNN", "vit": "ViT"}
STACK = "conv7s2c32 maxpool3s2 residual(conv3,conv3) residual(conv3s2c64,conv3) conv3d2"
HEIGHT = 300
"""Of figures that stand side by side, in pixels."""


def depths(scope: Scope) -> int:
    """Steps of the shared depth slider: the parts of the network that has more."""
    return max(len(_parts(scope, slot)) for slot in SLOTS)


def heads(scope: Scope) -> tuple[str, ...]:
    count = scope.look("vit").observation.call(0).heads
    return ("mean", *map(str, range(1, count + 1)))


def layers_of_stack(scope: Scope) -> int:
    """How many layers the designed network has; 1 while what is written cannot be read."""
    try:
        source, line = (
            str(scope.raw.get(name, default)) for name, default in (("source", "stack"), ("stack", STACK))
        )
        return len(_designed(source, line, int(scope.raw.get("side", 128)), scope)[0])
    except (ExplorerError, ValueError):
        return 1


@dataclass(frozen=True)
class Controls:
    """What can be set. Layers, heads, rows and columns are counted from 1."""

    part: str = choice("Part", "compare", ("compare", "designer"))
    picture: str = picture(default="dog")
    fit: str = choice(
        "Fit", "crop", FITS, help="How the photograph is brought into the models' square input."
    )
    cnn: str = model("CNN", "efficientnet-lite0", ("cnn",))
    vit: str = model("ViT", "vit", ("vit", "hybrid"), parts=("compare",))
    trained: bool = switch(
        "Trained", True, parts=("compare",), help="Off: the same architectures with random weights."
    )
    depth: int = whole(
        "Depth", lambda s: max(1, depths(s) // 3), low=1, high=depths, parts=("compare",),
        help="Moves through both networks by the share of their parts passed.",
    )  # fmt: skip
    head: str = choice("Head of the ViT", "mean", heads, parts=("compare",))
    row: int = whole("Place: row", PLACES // 2, low=1, high=PLACES, help="A click in a photograph sets it.")
    column: int = whole("Place: column", PLACES // 2, low=1, high=PLACES)
    log: bool = switch("Logarithmic colours", False, parts=("compare",), help="To see small values.")
    source: str = choice(
        "Network",
        "stack",
        ("stack", "CNN"),
        parts=("designer",),
        help="The line below, or the CNN chosen above.",
    )
    stack: str = text(
        "Layers", STACK, parts=("designer",), longest=400,
        help="Kinds conv, depthwise, maxpool, avgpool, residual(…); then the kernel (3 or 3x5), s stride, "
        "d dilation, p padding, c channels: conv3x5s2d2c32.",
    )  # fmt: skip
    side: int = whole(
        "Input side",
        128,
        low=32,
        high=512,
        step=32,
        unit="px",
        parts=("designer",),
        help="Of the stack's square input.",
    )
    layer: int = whole("Layer", layers_of_stack, low=1, high=layers_of_stack, parts=("designer",))


def _parts(scope: Scope, slot: str) -> tuple[str, ...]:
    from explorer.analysis.field import depth_layers

    return scope.remember(("parts", slot, scope.chosen[slot]), lambda: depth_layers(scope.model(slot)))


def _part(controls: Controls, scope: Scope, slot: str) -> int:
    """The part of a network at the depth chosen, counted from 0."""
    return math.ceil(controls.depth * len(_parts(scope, slot)) / depths(scope)) - 1


def _point(controls: Controls, size: tuple[int, int]) -> InputPoint:
    """The chosen place in an input of that size."""
    return InputPoint((controls.row - 0.5) / PLACES * size[0], (controls.column - 0.5) / PLACES * size[1])


def _field(controls: Controls, scope: Scope, slot: str, part: int) -> EffectiveField:
    """The effective field of one part of a network for the chosen place: one forward pass serves all parts and
    places, and each field is remembered."""
    from explorer.analysis.field import FieldPass, field_at, field_pass

    look = scope.look(slot, controls.fit)
    network = (slot, scope.chosen[slot], controls.fit)

    def forward() -> FieldPass:
        return field_pass(look.model, look.model.prepare(look.shown), layers=_parts(scope, slot))

    def make() -> EffectiveField:
        seen = scope.remember(("pass", *network), forward)
        return field_at(seen, _parts(scope, slot)[part], at=_point(controls, look.model.input_size))

    key = ("field", *network, controls.row, controls.column, part)
    return scope.remember(key, make)


def _fields(controls: Controls, scope: Scope) -> dict[str, list[EffectiveField]]:
    """Of every part of both networks."""
    parts = [(slot, part) for slot in SLOTS for part in range(len(_parts(scope, slot)))]
    found: dict[str, list[EffectiveField]] = {slot: [] for slot in SLOTS}
    for done, (slot, part) in enumerate(parts, 1):
        found[slot].append(_field(controls, scope, slot, part))
        scope.progress(done / len(parts))
    return found


def _who(look: Look, controls: Controls) -> str:
    return f"{look.model.entry.title}{'' if look.model.trained else ', untrained'}, on “{look.picture.name}”"


def _place(controls: Controls) -> str:
    return f"place ({controls.row}, {controls.column}) of {PLACES} × {PLACES}"


def _clicks(look: Look) -> Grid:
    return Grid(PLACES, PLACES, *look.model.input_size)


def _draw_field(controls: Controls, scope: Scope, slot: str) -> Drawing:
    look = scope.look(slot, controls.fit)
    at = _part(controls, scope, slot)
    found, name = _field(controls, scope, slot, at), _parts(scope, slot)[at]
    numbers: dict[str, tuple[float | int | str, str]] = {
        "part": (f"{name}, {at + 1} of {len(_parts(scope, slot))}", ""),
        "50 % within": (found.radius_50, "px"),
        "90 % within": (found.radius_90, "px"),
    }
    if found.theoretical is not None and found.theoretical_radius is not None:
        numbers["theoretical field"] = (
            f"{found.theoretical.height:.0f} × {found.theoretical.width:.0f}",
            "px",
        )
        numbers["effective / theoretical radius"] = (float(found.share or 0), "")
    figure = found.figure(pixels=look.picture.pixels, frame=look.frame, log=controls.log, click=_clicks(look))
    return Drawing(
        figure=figure.update_layout(height=HEIGHT),
        data={"field": found.map},
        units={"field": "share of the gradient, by input pixel"},
        caption=f"{'Effective receptive field' if slot == 'cnn' else 'Gradient field'} of {name} of "
        f"{_who(look, controls)}, {_place(controls)}.",
        alt="The photograph with each pixel shaded by how strongly it changes the unit"
        + (", and the box of the theoretical field." if found.theoretical else "."),
        numbers=numbers,
    )


def _draw_attention(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.attention import attention_maps
    from explorer.figures.overlay import add_click_layer

    look = scope.look("vit", controls.fit)
    tokens = scope.layout("vit")
    layer = min(_part(controls, scope, "vit"), len(look.observation.calls) - 1)
    cell = tokens.grid.cell_of(_point(controls, look.model.input_size))
    maps = attention_maps(look.observation, layer, query=cell)
    row = maps.row("mean" if controls.head == "mean" else int(controls.head) - 1)
    figure = row.figure(picture=look.picture.pixels, frame=look.frame, log=controls.log, click=False)
    add_click_layer(figure, _clicks(look), look.frame)
    distances = maps.distance if controls.head == "mean" else maps.distance[int(controls.head) - 1 :][:1]
    return Drawing(
        figure=figure.update_layout(height=HEIGHT),
        data={"attention": row.weights, "map": tokens.map(row.weights)},
        units={"attention": "share of the row", "map": "share of the row"},
        caption=f"Attention row of {_who(look, controls)}: layer {layer + 1}, {describe(controls, ('head',))}, "
        f"patch ({cell.row + 1}, {cell.column + 1}).",
        alt="The photograph with each patch shaded by the weight the chosen patch gives it.",
        numbers={
            "layer": (f"{layer + 1} of {len(look.observation.calls)}", ""),
            "mean distance": (float(np.mean(distances)), "px"),
            "on itself": (float(row.weights[tokens.index(cell)]), ""),
        },
    )


def _draw_training(controls: Controls, scope: Scope) -> Drawing:
    """The CNN with its trained and with random weights, whichever the page shows."""
    from explorer.figures.field import compare_figure

    pair = {name: scope.with_weights(trained=name == "trained") for name in ("untrained", "trained")}
    found = {name: _field(controls, each, "cnn", _part(controls, each, "cnn")) for name, each in pair.items()}
    look = pair["trained"].look("cnn", controls.fit)
    figure = compare_figure(found, look.picture.pixels, look.frame, log=controls.log)
    return Drawing(
        figure=figure,
        data={name: each.map for name, each in found.items()},
        units=dict.fromkeys(found, "share of the gradient, by input pixel"),
        caption=f"Effective receptive field of {found['trained'].layer} of {look.model.entry.title} before and "
        f"after training, on “{look.picture.name}”, {_place(controls)}.",
        alt="Two photographs side by side, shaded by how strongly each pixel changes the unit.",
        numbers={f"90 % within, {name}": (each.radius_90, "px") for name, each in found.items()},
    )


def _draw_radius(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.field import radius_figure

    found = _fields(controls, scope)
    chosen = controls.depth / depths(scope)
    theoretical = [each.theoretical_radius or np.nan for each in found["cnn"]]
    return Drawing(
        figure=radius_figure({SLOTS[slot]: each for slot, each in found.items()}, chosen=chosen),
        data={
            "cnn_theoretical_radius": np.array(theoretical, float),
            **{
                f"{slot}_radius_{share}": np.array([getattr(each, name) for each in fields])
                for slot, fields in found.items()
                for share, name in (("50", "radius_50"), ("90", "radius_90"))
            },
        },
        units={},
        caption="Radius of the disc that holds 50 % and 90 % of the gradient, in pixels of the input, against depth: "
        f"{scope.model('cnn').entry.title} and {scope.model('vit').entry.title}, {_place(controls)}.",
        alt="Curves of radius against depth, for the CNN and the ViT.",
        numbers={
            f"{SLOTS[slot]}, last part, 90 % within": (fields[-1].radius_90, "px")
            for slot, fields in found.items()
        },
    )


def _draw_distance(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.heads import head_statistics, uniform_distance

    look = scope.look("vit", controls.fit)
    found = head_statistics(look.observation)
    return Drawing(
        figure=found.figure(layer=_part(controls, scope, "vit")),
        data={"distance": found.distance},
        units={"distance": "input pixels"},
        caption=f"Mean attention distance of each head of {_who(look, controls)}.",
        alt="One mark for each head and layer; higher marks look farther.",
        numbers={
            "first layer": (float(found.distance[0].mean()), "px"),
            "last layer": (float(found.distance[-1].mean()), "px"),
            "even attention": (uniform_distance(found.tokens.grid), "px"),
        },
    )


def _designed(
    source: str, line: str, side: int, scope: Scope
) -> tuple[tuple[LayerField, ...], ReceptiveField]:
    """The layers to show and the whole field, of the line or of the CNN chosen."""
    from explorer.analysis.receptive_field import receptive_field
    from explorer.analysis.receptive_field.designed import designed_field, stack_layers
    from explorer.models.conv_stack import parse

    if source == "CNN":
        model = scope.model("cnn")
        field = scope.remember(("network field", model.entry.name), lambda: receptive_field(model))
        return field.along_depth, field
    stack = parse(line)
    key = ("stack field", line, side)
    field = scope.remember(key, lambda: designed_field(stack, input_size=(side, side)))
    return stack_layers(field, stack), field


def _stack(controls: Controls, scope: Scope) -> tuple[tuple[LayerField, ...], ReceptiveField, LayerField]:
    layers, field = _designed(controls.source, controls.stack, controls.side, scope)
    if not layers:
        raise ControlError("This network has no layer with rows and columns")
    return layers, field, layers[min(controls.layer, len(layers)) - 1]


def _named(controls: Controls, scope: Scope) -> str:
    return scope.model("cnn").entry.title if controls.source == "CNN" else f"“{controls.stack}”"


def _draw_stack(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.receptive_field import table_figure

    layers, field, chosen = _stack(controls, scope)
    numbers: dict[str, tuple[float | int | str, str]] = {
        "last feature layer": (" × ".join(f"{side:g}" for side in field.features.size), "px"),
        "parameters": (f"{field.parameters:,}", ""),
        "FLOPs": (f"{field.flops / 1e6:,.1f}", "million"),
    }
    if field.global_operations:
        numbers["sees the whole picture besides"] = (", ".join(field.global_operations[:3]), "")
    return Drawing(
        figure=table_figure(layers, chosen=chosen.name),
        data={
            "layer": np.array([layer.name for layer in layers]),
            "rows": np.array([layer.size[0] for layer in layers], float),
            "columns": np.array([layer.size[1] for layer in layers], float),
            "jump": np.array([layer.jump[0] for layer in layers], float),
            "start": np.array([layer.start[0] for layer in layers], float),
            "parameters": np.array([layer.parameters for layer in layers]),
            "flops": np.array([layer.flops for layer in layers]),
        },
        units={
            "rows": "input pixels",
            "columns": "input pixels",
            "jump": "input pixels",
            "start": "input pixels",
        },
        caption=f"Receptive field, jump, parameters and FLOPs of each layer of {_named(controls, scope)}.",
        alt="A table with a row for each layer.",
        numbers=numbers,
    )


def _draw_box(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.receptive_field import boxes_figure

    layers, field, chosen = _stack(controls, scope)
    photo = scope.picture
    frame = Frame.fit((photo.height, photo.width), field.input_size, how=as_fit(controls.fit))
    at = _point(controls, field.input_size)
    box = chosen.box(chosen.cell_at(at))
    figure = boxes_figure(
        layers, at, photo.pixels, frame, chosen=chosen.name, click=Grid(PLACES, PLACES, *field.input_size)
    )
    return Drawing(
        figure=figure.update_layout(height=HEIGHT + 40),
        data={"box": np.array([box.top, box.left, box.bottom, box.right])},
        units={"box": "input pixels: top, left, bottom, right"},
        caption=f"What a unit of {chosen.name} can see at {_place(controls)}, in {_named(controls, scope)}.",
        alt="Boxes on the photograph, one for each layer, the chosen one in strong colour.",
        numbers={
            "field": (" × ".join(f"{side:g}" for side in chosen.size), "px"),
            "inside the picture": (f"{box.height:g} × {box.width:g}", "px"),
        },
    )


def _draw_growth(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.receptive_field import growth_figure

    layers, _, chosen = _stack(controls, scope)
    return Drawing(
        figure=growth_figure(layers, chosen=chosen.name).update_layout(height=HEIGHT + 40),
        data={"size": np.array([layer.size[0] for layer in layers], float)},
        units={"size": "input pixels"},
        caption=f"Growth of the receptive field through {_named(controls, scope)}.",
        alt="A curve of field size against layers.",
    )


SEEN = ("picture", "fit", "trained")
PLACE = ("row", "column")
DESIGN = ("source", "stack", "side", "cnn")

VIEW = View(
    name="receptive-field",
    title="Receptive field and attention",
    section="Convolution and attention",
    icon=":material/center_focus_strong:",
    summary="One clicked place through a CNN and a ViT, layer by layer; and a designer of receptive fields.",
    controls=Controls,
    page="pages/1_Receptive_field.py",
    parts={"compare": "Compare", "designer": "Designer"},
    panels=(
        Panel(
            "cnn-gradient",
            "CNN: effective field",
            lambda controls, scope: _draw_field(controls, scope, "cnn"),
            (*SEEN, "cnn", "vit", "depth", *PLACE, "log"),
            part="compare",
            click=PLACE,
        ),
        Panel(
            "vit-attention",
            "ViT: attention row",
            _draw_attention,
            (*SEEN, "cnn", "vit", "depth", "head", *PLACE, "log"),
            part="compare",
            click=PLACE,
        ),
        Panel(
            "vit-gradient",
            "ViT: gradient field",
            lambda controls, scope: _draw_field(controls, scope, "vit"),
            (*SEEN, "cnn", "vit", "depth", *PLACE, "log"),
            part="compare",
            click=PLACE,
        ),
        Panel(
            "radius",
            "How far each looks, by depth",
            _draw_radius,
            (*SEEN, "cnn", "vit", "depth", *PLACE),
            part="compare",
        ),
        Panel(
            "distance",
            "Mean attention distance",
            _draw_distance,
            (*SEEN, "cnn", "vit", "depth"),
            part="compare",
        ),
        Panel(
            "training",
            "The CNN before and after training",
            _draw_training,
            ("picture", "fit", "cnn", "vit", "depth", *PLACE, "log"),
            part="compare",
        ),
        Panel("stack", "Receptive fields of the stack", _draw_stack, (*DESIGN, "layer"), part="designer"),
        Panel(
            "stack-box",
            "On the photograph",
            _draw_box,
            ("picture", "fit", *DESIGN, "layer", *PLACE),
            part="designer",
            click=PLACE,
        ),
        Panel("stack-growth", "Growth", _draw_growth, (*DESIGN, "layer"), part="designer"),
    ),
)
