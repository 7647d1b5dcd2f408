"""The tab *Compare*: one place of the picture through a CNN and a ViT."""

import math

from explorer.analysis.attention import as_fusion, attention_maps
from explorer.analysis.detection import run_detr
from explorer.analysis.field import EffectiveField, FieldPass, RadiusByDepth, field_at, field_pass
from explorer.analysis.field_places import cells_of
from explorer.analysis.heads import head_statistics
from explorer.analysis.query_attention import encoder_attention
from explorer.errors import UnsupportedModel
from explorer.figures.field import compare_figure
from explorer.figures.sides import Side, sides_figure
from explorer.geometry import Frame, PhotoPoint, as_fit
from explorer.tap import Observation, observe
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.receptive_field.controls import PLACES, SLOTS, Controls, depths, part_at_depth, parts_of
from explorer.views.receptive_field.lens import COMPANIONS, COMPARE, companion, point
from explorer.zoo.detr import preprocess

HYBRID, DETR = COMPANIONS.values()
HEIGHT = 300
"""Of a figure that shows one photograph, in pixels."""
PLACE = ("row", "column")
DEPTH = ("picture", "fit", "trained", "cnn", "vit", "depth")


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


def _attention_side(
    title: str, observation: Observation, frame: Frame, controls: Controls, share: float
) -> Side:
    tokens = observation.tokens
    if tokens is None:
        raise UnsupportedModel(f"The attention of {title} cannot be shown")
    layer = math.ceil(share * len(observation.calls)) - 1
    cell = tokens.grid.cell_of(point(controls, (frame.input_height, frame.input_width)))
    row = attention_maps(observation, layer, query=cell).row(as_fusion(controls.fusion))
    box = frame.box_to_photo(tokens.grid.box_of(cell))
    return Side(f"{title} · layer {layer + 1}", tokens.map(row.weights), tokens.grid, frame, box)


def _hybrid_side(controls: Controls, scope: Scope, share: float) -> Side:
    model, picture, fit = companion(HYBRID, scope), scope.picture, as_fit(controls.fit)
    observation = scope.remember(("companion", HYBRID, fit), lambda: observe(model, model.see(picture, fit)))
    return _attention_side("Hybrid", observation, model.frame(picture, fit), controls, share)


def _detr_side(controls: Controls, scope: Scope, share: float, at: PhotoPoint) -> Side:
    model, picture = companion(DETR, scope), scope.picture
    sight = scope.remember(("companion", DETR), lambda: run_detr(model, preprocess(model, picture)))
    layer = math.ceil(share * sight.encoder_layers) - 1
    cell = sight.cell_at(at)
    weights = encoder_attention(sight, cell, layer=layer).weights[0]
    values = {"mean": weights.mean, "max": weights.max, "min": weights.min}[controls.fusion](0)
    box = sight.frame.box_to_photo(sight.grid.box_of(cell))
    return Side(f"DETR's encoder · layer {layer + 1}", values, sight.grid, sight.frame, box)


@panel(
    "compare", "One place in four networks", tab="compare", uses=(*DEPTH, "fusion", *PLACE, "log"), lens=COMPARE,
    wide=True,
)  # fmt: skip
def compare_panel(controls: Controls, scope: Scope) -> Drawing:
    cnn, vit, picture = scope.look("cnn", controls.fit), scope.look("vit", controls.fit), scope.picture
    field = _field(controls, scope, "cnn", part_at_depth(controls, scope, "cnn"))
    theory = field.theoretical
    grid = cells_of(cnn.model.input_size)
    blocks = (grid.rows, -1, grid.columns, field.map.shape[1] // grid.columns)
    at = cnn.frame.to_photo(point(controls, cnn.model.input_size))
    share = controls.depth / depths(scope)
    sides = [
        Side(
            f"CNN · {field.layer}",
            field.map.reshape(blocks).sum((1, 3)),
            grid,
            cnn.frame,
            None if theory is None else cnn.frame.box_to_photo(theory.clipped(*cnn.model.input_size)),
        ),
        _attention_side("ViT", vit.observation, vit.frame, controls, share),
        _hybrid_side(controls, scope, share),
        _detr_side(controls, scope, share, at),
    ]
    return draw(
        None,
        f"{place_title(controls).capitalize()} in four networks, at depth {controls.depth} of {depths(scope)}: the CNN's "
        f"effective receptive field with the box of the theoretical one, and the attention of the patch there, "
        f"{controls.fusion} of heads.",
        figure=sides_figure(sides, picture.pixels, log=controls.log),
        arrays={
            "field": field.arrays()["field"],
            **{
                name: (side.values, "share of the row")
                for name, side in zip(("vit", "hybrid", "detr"), sides[1:], strict=True)
            },
        },
        numbers={f"CNN, {name}": value for name, value in field.numbers().items()},
        alt=f"Four pictures side by side, each with a map. The CNN's: {field.alt()}",
    )


@panel("vit-gradient", "ViT: gradient field", tab="compare", uses=(*DEPTH, *PLACE, "log"), subject=("vit",))
def vit_gradient_panel(controls: Controls, scope: Scope) -> Drawing:
    look = scope.look("vit", controls.fit)
    field = _field(controls, scope, "vit", part_at_depth(controls, scope, "vit"))
    figure = field.figure(pixels=look.picture.pixels, frame=look.frame, log=controls.log)
    return draw(
        field,
        f"Gradient field of {field.layer}, {place_title(controls)}.",
        figure=figure.update_layout(height=HEIGHT),
    )


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
        chosen=controls.depth / depths(scope),
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
