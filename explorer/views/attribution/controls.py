"""What can be set on the page *Attribution methods compared*, and what it speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.geometry import Frame, Grid
from explorer.images import render
from explorer.views.controls import choice, model, picture, several, switch, whole

if TYPE_CHECKING:
    import numpy as np

    from explorer.views.scope import Scope
    from explorer.zoo import Model

__all__ = ["ANSWER", "Controls", "Subject", "applying", "chosen_methods", "layers_of", "subject"]

ANSWER = "its answer"
USUAL = (
    "attention",
    "rollout",
    "gradient-rollout",
    "relevance",
    "legrad",
    "grad-cam",
    "saliency",
    "integrated-gradients",
)
"""What is drawn where no method is picked, as far as it applies."""
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
    return grid_of(sized(scope, str(scope.raw.get("side", ""))))


def sized(scope: Scope, side: str) -> Model:
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


def applying(model: Model) -> tuple[str, ...]:
    """The methods that apply to the model."""
    from explorer.analysis.attribution import METHODS, why_not

    return tuple(name for name in METHODS if why_not(model, name) is None)


def chosen_methods(controls: Controls, scope: Scope) -> tuple[str, ...]:
    """What the visitor picked, else the usual ones."""
    picked = tuple(each for each in controls.methods.split(",") if each)
    return picked or tuple(each for each in applying(scope.model()) if each in USUAL)


def _methods(scope: Scope) -> tuple[str, ...]:
    return applying(scope.model())


def _targets(scope: Scope) -> tuple[str, ...]:
    """The model's answers, the likeliest for this picture first."""
    model = scope.model()
    order = subject_of(scope, model).order
    return (ANSWER, *(model.classes[at] for at in order))


def layers_of(scope: Scope) -> tuple[str, ...]:
    """The attention layers, counted from 1; none for a CNN."""
    return tuple(str(layer + 1) for layer in range(len(scope.model().attention_names)))


def _heads(scope: Scope) -> tuple[str, ...]:
    """Every head by its layer and number, counted from 1: "3.2"."""
    from explorer.views.scope import Look

    if not scope.model().attention_names:
        return ()
    look: Look = scope.look()
    return tuple(
        f"{layer + 1}.{head + 1}"
        for layer, call in enumerate(look.observation.calls)
        for head in range(call.heads)
    )


@dataclass(frozen=True)
class Controls:
    """What can be set. Layers, heads, rows and columns are counted from 1."""

    part: str = choice("Part", "maps", ("maps", "faithful", "sanity", "change"))
    picture: str = picture(default="polar-bear")
    model: str = model("Model", "vit", ("vit", "hybrid", "cnn"))
    trained: bool = switch("Trained", True, help="Off: the same architecture with random weights.")
    target: str = choice(
        "Class", ANSWER, _targets, help="What the maps are asked about; the likeliest classes come first."
    )
    methods: str = several(
        "Methods",
        _methods,
        nothing="default methods",
        parts=("maps", "faithful", "sanity"),
        help="Only those that apply to this model are listed.",
    )
    scale: str = choice(
        "Colours", "rank", ("rank", "share"), parts=MAPS,
        help="Rank: the part of the cells below a cell. Share: what is above 0, in units of the map's mean.",
    )  # fmt: skip
    side: str = choice(
        "Input side (px)", _side, _sides, parts=MAPS, help="A larger input has more tokens, and takes longer."
    )
    row: int = whole("Row", lambda s: (_grid(s).rows + 1) // 2, low=1, high=lambda s: _grid(s).rows, parts=("maps", "change"))  # fmt: skip
    column: int = whole("Column", lambda s: (_grid(s).columns + 1) // 2, low=1, high=lambda s: _grid(s).columns, parts=("maps", "change"))  # fmt: skip
    fill: str = choice(
        "Fill for hidden patches", "mean", ("mean", "blur"), parts=FAITHFUL,
        help="The picture's mean colour, or the picture out of focus.",
    )  # fmt: skip
    steps: int = whole("Steps", 16, low=4, high=64, parts=FAITHFUL, help="How often the answer is asked.")
    again: int = whole("Measured", 1, low=1, high=99, elsewhere=True, help="Counts the measurements.")
    heads: str = several(
        "Heads silenced", _heads, parts=CHANGE, help="By layer and head: 3.2 is layer 3, head 2."
    )
    hide: int = whole(
        "Patches hidden", 0, low=0, high=9, unit="a side", parts=CHANGE,
        help="A square of patches around the chosen place, hidden from every layer's attention.",
    )  # fmt: skip
    clamp: str = choice(
        "Override attention", "not", ("not", "even", "on itself", "on the patch"), parts=CHANGE,
        help="Instead of what the layer computes: all tokens alike, each token on itself, or all on the chosen patch.",
    )  # fmt: skip
    clamped: str = choice("Held in layer", "all", lambda s: ("all", *layers_of(s)), parts=CHANGE)


@dataclass(frozen=True, eq=False)
class Subject:
    """The picture in front of the model, and the class that is asked about."""

    model: Model
    frame: Frame
    shown: np.ndarray
    """The model's input before normalisation, height x width x 3, uint8."""
    grid: Grid
    probabilities: np.ndarray
    """Softmax of the logits, one a class."""
    target: int
    """The place of the class among the model's outputs."""

    @property
    def order(self) -> list[int]:
        """Classes from the likeliest down."""
        return [int(at) for at in (-self.probabilities).argsort(kind="stable")]

    @property
    def name(self) -> str:
        return self.model.classes[self.target].split(",")[0]


def subject_of(scope: Scope, model: Model, target: str = ANSWER) -> Subject:
    """The picture in front of a model, with the class of that name.

    Raises:
        AnalysisError: the model names no classes.
    """
    import torch

    from explorer.analysis.prediction import prediction

    frame = model.frame(scope.picture)
    shown = render(scope.picture, frame)

    def said() -> np.ndarray:
        with torch.inference_mode():
            logits = model.module(model.prepare(shown))
        prediction(logits, model.classes)  # refuses what is no classifier
        return logits[0].double().softmax(-1).cpu().numpy()

    found = scope.remember(("probabilities", model.entry.name, *model.input_size), said)
    at = int(found.argmax()) if target == ANSWER else model.classes.index(target)
    return Subject(model, frame, shown, grid_of(model), found, at)


def subject(controls: Controls, scope: Scope) -> Subject:
    """What the controls speak of."""
    return subject_of(scope, sized(scope, controls.side), controls.target)
