"""What can be set on the page *Attribution methods compared*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.geometry import Grid
from explorer.views.controls import choice, model, picture, several, switch, whole
from explorer.views.scope import Scope
from explorer.views.values import picked

if TYPE_CHECKING:
    from explorer.zoo import Model

__all__ = ["PREDICTED", "Controls", "applicable", "grid_of", "methods_of", "resized"]

PREDICTED = "predicted class"
DEFAULT_METHODS = (
    "attention",
    "rollout",
    "gradient-rollout",
    "relevance",
    "legrad",
    "grad-cam",
    "saliency",
    "integrated-gradients",
)
"""What is drawn where no method is selected, as far as it applies."""
CELLS = 16
"""Rows and columns of the common grid of a model without patches."""
SIDES = (128, 224, 256, 384, 448, 512, 768, 1024)
MAPS, FAITHFUL, SANITY, CHANGE = ("maps",), ("faithful",), ("sanity",), ("change",)


def _side(scope: Scope) -> str:
    return str(scope.model().input_size[0])


def _sides(scope: Scope) -> tuple[str, ...]:
    own = int(_side(scope))
    return (str(own), *(str(side) for side in SIDES if side > own))


def _grid(scope: Scope) -> Grid:
    return grid_of(resized(scope, str(scope.raw.get("side", ""))))


def resized(scope: Scope, side: str) -> Model:
    """The model at that input side; at its own where it cannot be had otherwise."""
    from explorer import zoo

    model = scope.model()
    if side not in _sides(scope)[1:]:
        return model
    size = (int(side), int(side))
    return zoo.load(scope.chosen["model"], trained=scope.trained, device=scope.device, input_size=size)


def grid_of(model: Model) -> Grid:
    """The grid that all methods are compared on: the model's patches, else squares."""
    return model.tokens.grid if model.tokens is not None else Grid(CELLS, CELLS, *model.input_size)


def applicable(model: Model) -> tuple[str, ...]:
    """The methods that apply to the model."""
    from explorer.analysis.attribution import METHODS, why_not

    return tuple(name for name in METHODS if why_not(model, name) is None)


def methods_of(controls: Controls, scope: Scope) -> tuple[str, ...]:
    """The selected methods, else the default ones."""
    return tuple(picked(controls.methods)) or tuple(
        name for name in applicable(scope.model()) if name in DEFAULT_METHODS
    )


def _methods(scope: Scope) -> tuple[str, ...]:
    return applicable(scope.model())


def _targets(scope: Scope) -> tuple[str, ...]:
    """The model's classes, the one of highest probability for this picture first."""
    from explorer.views.attribution.subject import subject_of

    model = scope.model()
    order = subject_of(scope, model).order
    return (PREDICTED, *(model.classes[at] for at in order))


def _layers(scope: Scope) -> tuple[str, ...]:
    """The attention layers, counted from 1; none for a CNN."""
    return tuple(str(layer + 1) for layer in range(len(scope.model().attention_names)))


def _heads(scope: Scope) -> tuple[str, ...]:
    """Every head by its layer and number, counted from 1: "3.2"."""
    if not scope.model().attention_names:
        return ()
    return tuple(
        f"{layer + 1}.{head + 1}"
        for layer, call in enumerate(scope.look().observation.calls)
        for head in range(call.heads)
    )


@dataclass(frozen=True)
class Controls:
    """What can be set. Layers, heads, rows and columns are counted from 1."""

    tab: str = choice("Tab", "maps", ("maps", "faithful", "sanity", "change"))
    picture: str = picture(default="jockey")
    model: str = model("Model", "vit", ("vit", "hybrid", "cnn"))
    trained: bool = switch("Trained", True, help="Off: the same architecture with random weights.")
    target: str = choice(
        "Class", PREDICTED, _targets, help="The class that is explained; the likeliest come first."
    )
    methods: str = several(
        "Methods", _methods, nothing="default methods", tabs=("maps", "faithful", "sanity"),
        help="Only those that apply to this model are listed.",
    )  # fmt: skip
    scale: str = choice(
        "Colours", "rank", ("rank", "share"), tabs=MAPS,
        help="Rank: the share of cells with a smaller value. Share: what is above 0, in units of the map's mean.",
    )  # fmt: skip
    side: str = choice(
        "Input side (px)", _side, _sides, tabs=MAPS, help="A larger input has more tokens, and takes longer."
    )
    row: int = whole("Row", lambda s: (_grid(s).rows + 1) // 2, low=1, high=lambda s: _grid(s).rows, tabs=("maps", "change"))  # fmt: skip
    column: int = whole("Column", lambda s: (_grid(s).columns + 1) // 2, low=1, high=lambda s: _grid(s).columns, tabs=("maps", "change"))  # fmt: skip
    fill: str = choice(
        "Fill for hidden patches", "mean", ("mean", "blur"), tabs=FAITHFUL,
        help="The picture's mean colour, or the picture blurred.",
    )  # fmt: skip
    steps: int = whole("Steps", 16, low=4, high=64, tabs=FAITHFUL, help="How many points each curve has.")
    again: int = whole("Measurement", 1, low=1, high=99, elsewhere=True, help="Counts the measurements.")
    heads: str = several(
        "Heads set to zero", _heads, tabs=CHANGE, help="By layer and head: 3.2 is layer 3, head 2."
    )
    hide: int = whole(
        "Hidden patches", 0, low=0, high=9, unit="a side", tabs=CHANGE,
        help="A square of patches around the selected place, hidden from every layer's attention.",
    )  # fmt: skip
    override: str = choice(
        "Override attention", "off", ("off", "uniform", "self", "patch"), tabs=CHANGE,
        help="Instead of what the layer computes: all tokens equally, each token to itself, or all to the selected patch.",
    )  # fmt: skip
    override_layer: str = choice("Overridden layer", "all", lambda s: ("all", *_layers(s)), tabs=CHANGE)
