"""The tab *Reach and weights*: a selected cell through every layer."""

from functools import partial

from explorer.analysis.layer_looks import LayerLook, layer_look, picture_cells, picture_features
from explorer.analysis.layers_compared import ReachOfLayers, WeightsOfLayers
from explorer.figures.attention_layers import cells_figure
from explorer.geometry import Cell
from explorer.models.attention_layers.catalogue import LAYERS, Sizes, build
from explorer.models.attention_layers.layer import SpatialLayer
from explorer.views.attention_layers.controls import Controls
from explorer.views.panel import Drawing, Scope, draw, panel

FEATURES = 32
PLACE = ("side", "row", "column")
STACK = (*PLACE, "depth", "kernel", "heads", "key")
WEIGHTS = (*STACK, "sharpness", "shared", "seed")
look_tab = partial(panel, tab="look")


def sizes_of(controls: Controls, features: int, longest: int) -> Sizes:
    """Raises ControlError where they do not fit a layer."""
    return Sizes(features, controls.heads, controls.key, controls.kernel, longest)


def _cell(controls: Controls) -> Cell:
    return Cell(controls.row - 1, controls.column - 1)


def _place(controls: Controls) -> str:
    return f"row {controls.row}, column {controls.column} of {controls.side} × {controls.side} cells"


def _stack(name: str, controls: Controls) -> list[SpatialLayer]:
    sizes = sizes_of(controls, FEATURES, controls.side)
    seeds = range(100 * controls.seed, 100 * controls.seed + controls.depth)
    return [
        build(name, sizes, seed=seed, alike=controls.shared, sharpness=controls.sharpness) for seed in seeds
    ]


def _looks(controls: Controls, scope: Scope) -> list[LayerLook]:
    """Every layer at the cell: one pass through each serves what it can reach, for any input, and what it weighs."""

    def make() -> list[LayerLook]:
        x = picture_features(scope.picture.pixels, controls.side, FEATURES)
        return [
            layer_look(_stack(name, controls), x, _cell(controls), title=title)
            for name, (title, _) in LAYERS.items()
        ]

    return scope.remember(("looks", *(getattr(controls, name) for name in WEIGHTS)), make)


def _layers(controls: Controls) -> str:
    layers = "one layer" if controls.depth == 1 else "two layers of a kind"
    return f"{layers}, windows of {controls.kernel} × {controls.kernel}, {controls.heads} heads of {controls.key}"


@look_tab("weights", "Attention weights", wide=True, uses=("picture", *WEIGHTS, "log"))
def weights_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        WeightsOfLayers(_looks(controls, scope)),
        f"Share of the weight on each cell for the output at {_place(controls)}, mean of the heads: {_layers(controls)}; "
        f"random weights {controls.seed}, queries and keys with {'shared' if controls.shared else 'independent'} weights, "
        f"sharpness {controls.sharpness:g}. Empty: out of reach; on the logarithmic scale the darkest colour is a "
        "ten-thousandth of the largest weight and less.",
        log=controls.log,
    )


@look_tab("cells", "The picture as cells", uses=("picture", *PLACE), click=("row", "column"))
def cells_panel(controls: Controls, scope: Scope) -> Drawing:
    side, pixels = controls.side, picture_cells(scope.picture.pixels, controls.side)
    return draw(
        None,
        f"The middle square of the picture as {side} × {side} cells; selected: {_place(controls)}.",
        figure=cells_figure(pixels, _cell(controls)),
        arrays={"colours": (pixels, "0 to 255")},
        alt=f"A picture of {side} by {side} coloured squares, that in row {controls.row}, column {controls.column} framed.",
    )


@look_tab("reach", "Receptive field", uses=STACK)
def reach_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        ReachOfLayers(_looks(controls, scope)),
        f"Cells whose features can change the output at {_place(controls)}: the gradient is not exactly zero, for random "
        f"inputs. {_layers(controls).capitalize()}.",
    )
