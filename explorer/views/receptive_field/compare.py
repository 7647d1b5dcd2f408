"""The tab *Compare*: one place of the picture through a CNN and a ViT."""

from __future__ import annotations

from explorer.analysis.attention import attention_maps
from explorer.analysis.field import EffectiveField, FieldPass, RadiusByDepth, field_at, field_pass
from explorer.analysis.heads import head_statistics
from explorer.export.drawing import Drawing
from explorer.figures.field import compare_figure, radius_figure
from explorer.figures.overlay import add_click_layer
from explorer.geometry import Grid, InputPoint
from explorer.views.controls import describe
from explorer.views.panel import draw, panel
from explorer.views.receptive_field.controls import PLACES, SLOTS, Controls, depths, part_at_depth, parts_of
from explorer.views.scope import Look, Scope

HEIGHT = 300
"""Of figures that stand side by side, in pixels."""
PLACE = ("row", "column")
DEPTH = ("picture", "fit", "trained", "cnn", "vit", "depth")


def point(controls: Controls, size: tuple[int, int]) -> InputPoint:
    """The selected place in an input of that size."""
    return InputPoint((controls.row - 0.5) / PLACES * size[0], (controls.column - 0.5) / PLACES * size[1])


def place_title(controls: Controls) -> str:
    return f"place ({controls.row}, {controls.column}) of {PLACES} × {PLACES}"


def _field(controls: Controls, scope: Scope, slot: str, part: int) -> EffectiveField:
    """The effective field of one part of a network for the selected place: one forward pass serves all parts and
    places, and each field is remembered."""
    look = scope.look(slot, controls.fit)
    network = (slot, scope.chosen[slot], controls.fit)

    def forward() -> FieldPass:
        return field_pass(look.model, look.model.prepare(look.shown), layers=parts_of(scope, slot))

    def make() -> EffectiveField:
        seen = scope.remember(("pass", *network), forward)
        return field_at(seen, parts_of(scope, slot)[part], at=point(controls, look.model.input_size))

    return scope.remember(("field", *network, controls.row, controls.column, part), make)


def _clicks(look: Look) -> Grid:
    return Grid(PLACES, PLACES, *look.model.input_size)


def _draw_field(controls: Controls, scope: Scope, slot: str) -> Drawing:
    look, part = scope.look(slot, controls.fit), part_at_depth(controls, scope, slot)
    field, parts = _field(controls, scope, slot, part), parts_of(scope, slot)
    figure = field.figure(pixels=look.picture.pixels, frame=look.frame, log=controls.log, click=_clicks(look))
    what = "Effective receptive field" if slot == "cnn" else "Gradient field"
    return draw(
        field,
        f"{what} of {field.layer}, {place_title(controls)}.",
        figure=figure.update_layout(height=HEIGHT),
        numbers={"part": (f"{field.layer}, {part + 1} of {len(parts)}", ""), **field.numbers()},
    )


@panel(
    "cnn-gradient", "CNN: effective receptive field", tab="compare", uses=(*DEPTH, *PLACE, "log"), click=PLACE,
    subject=("cnn",),
)  # fmt: skip
def cnn_gradient_panel(controls: Controls, scope: Scope) -> Drawing:
    return _draw_field(controls, scope, "cnn")


@panel(
    "vit-attention", "ViT: attention row", tab="compare", uses=(*DEPTH, "head", *PLACE, "log"), click=PLACE,
    subject=("vit",),
)  # fmt: skip
def vit_attention_panel(controls: Controls, scope: Scope) -> Drawing:
    look, tokens = scope.look("vit", controls.fit), scope.layout("vit")
    layer = min(part_at_depth(controls, scope, "vit"), len(look.observation.calls) - 1)
    cell = tokens.grid.cell_of(point(controls, look.model.input_size))
    maps = attention_maps(look.observation, layer, query=cell)
    head = None if controls.head == "mean" else int(controls.head) - 1
    row = maps.row("mean" if head is None else head)
    figure = row.figure(**look.on_picture, log=controls.log, click=False)
    add_click_layer(figure, _clicks(look), look.frame)
    return draw(
        row,
        f"Attention row: layer {layer + 1}, {describe(controls, ('head',))}, "
        f"patch ({cell.row + 1}, {cell.column + 1}).",
        figure=figure.update_layout(height=HEIGHT),
        numbers={
            "layer": (f"{layer + 1} of {len(look.observation.calls)}", ""),
            "mean distance": (float(maps.distance.mean() if head is None else maps.distance[head]), "px"),
            "on itself": (float(row.weights[row.query]), ""),
        },
    )


@panel(
    "vit-gradient", "ViT: gradient field", tab="compare", uses=(*DEPTH, *PLACE, "log"), click=PLACE,
    subject=("vit",),
)  # fmt: skip
def vit_gradient_panel(controls: Controls, scope: Scope) -> Drawing:
    return _draw_field(controls, scope, "vit")


@panel("radius", "Effective radius by depth", tab="compare", uses=(*DEPTH, *PLACE))
def radius_panel(controls: Controls, scope: Scope) -> Drawing:
    parts = [(slot, part) for slot in SLOTS for part in range(len(parts_of(scope, slot)))]
    fields: dict[str, list[EffectiveField]] = {title: [] for title in SLOTS.values()}
    for done, (slot, part) in enumerate(parts, 1):
        fields[SLOTS[slot]].append(_field(controls, scope, slot, part))
        scope.progress(done / len(parts))
    return draw(
        RadiusByDepth(fields),
        "Radius of the disc that holds 50 % and 90 % of the gradient, in pixels of the input, against depth, "
        f"{place_title(controls)}.",
        figure=radius_figure(fields, chosen=controls.depth / depths(scope)),
    )


@panel("distance", "Mean attention distance", tab="compare", uses=DEPTH, subject=("vit",))
def distance_panel(controls: Controls, scope: Scope) -> Drawing:
    statistics = head_statistics(scope.look("vit", controls.fit).observation)
    return draw(
        statistics,
        "Mean attention distance of each head, by layer.",
        arrays={"distance": (statistics.distance, "input pixels")},
        layer=part_at_depth(controls, scope, "vit"),
    )


@panel(
    "training", "The CNN before and after training", tab="compare",
    uses=("picture", "fit", "cnn", "vit", "depth", *PLACE, "log"), subject=("cnn",),
)  # fmt: skip
def training_panel(controls: Controls, scope: Scope) -> Drawing:
    """With its trained and with random weights, whichever the page shows."""
    scopes = {name: scope.with_weights(trained=name == "trained") for name in ("untrained", "trained")}
    fields = {
        name: _field(controls, own, "cnn", part_at_depth(controls, own, "cnn"))
        for name, own in scopes.items()
    }
    look = scopes["trained"].look("cnn", controls.fit)
    return draw(
        None,
        f"Effective receptive field of {fields['trained'].layer} before and after training, {place_title(controls)}.",
        figure=compare_figure(fields, look.picture.pixels, look.frame, log=controls.log),
        arrays={name: field.arrays()["field"] for name, field in fields.items()},
        numbers={f"90 % within, {name}": (field.radius_90, "px") for name, field in fields.items()},
        alt="Two pictures side by side. "
        + " ".join(f"{name.capitalize()}: {field.alt()}" for name, field in fields.items()),
    )
