"""What can be set on the page *DETR*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.errors import ExplorerError
from explorer.scenes import is_scene, read_scene
from explorer.true_boxes import true_boxes
from explorer.views.controls import choice, model, picture, real, several, switch, text, whole
from explorer.views.scope import Scope

if TYPE_CHECKING:
    from explorer.zoo.detr import Fit

__all__ = ["FITS", "PLACES", "PREDICTED", "Controls"]

PLACES = 32
"""Rows and columns of places of the photograph that can be clicked."""
FITS: tuple[Fit, ...] = ("keep", "letterbox", "squash")
PREDICTED = "predicted class"
ON_PICTURE = ("pipeline", "queries", "assignment")
ON_SCENES = ("slots", "limits")
"""Its tabs that show one picture, and those that need many with known truth."""


def _config(scope: Scope) -> Any:
    return scope.model().module.config


def decoder_layers(scope: Scope) -> int:
    return int(_config(scope).decoder_layers)


def encoder_layers(scope: Scope) -> int:
    return int(_config(scope).encoder_layers)


def last_query(scope: Scope) -> int:
    return int(_config(scope).num_queries) - 1


def surest_query(scope: Scope) -> int:
    """The query whose object has the highest probability in this picture: where it is asked for, since it takes a pass."""
    if scope.raw.get("tab") != "queries":
        return 0
    from explorer.views.detr.seen import sight_of

    shape = next((fit for fit in FITS if fit == scope.raw.get("shape")), FITS[0])
    try:
        return int(sight_of(scope, shape).logits[-1].softmax(-1)[:, :-1].amax(-1).argmax())
    except ExplorerError:  # the page will say why there is none
        return 0


def heads(scope: Scope) -> tuple[str, ...]:
    config = _config(scope)
    count = min(config.encoder_attention_heads, config.decoder_attention_heads)
    return ("mean", *map(str, range(1, count + 1)))


def queries(scope: Scope) -> tuple[str, ...]:
    return tuple(map(str, range(last_query(scope) + 1)))


def classes(scope: Scope) -> tuple[str, ...]:
    return (PREDICTED, *scope.model().classes)


def objects(scope: Scope) -> tuple[str, ...]:
    """The numbers of the objects that are known to be in the picture."""
    reference = scope.chosen["picture"]
    try:
        if is_scene(reference):
            return tuple(map(str, range(len(read_scene(reference).objects))))
        boxes = true_boxes(reference, str(scope.raw.get("boxes", "")), scope.model().classes)
        return tuple(map(str, range(len(boxes))))
    except ExplorerError:
        return ()


@dataclass(frozen=True)
class Controls:
    """What can be set. Layers, heads, rows and columns are counted from 1, queries and objects from 0."""

    tab: str = choice("Tab", "pipeline", (*ON_PICTURE, *ON_SCENES))
    picture: str = picture("Picture", "dog", choices=("scene",), own=True, tabs=ON_PICTURE)
    shape: str = choice(
        "Shape", "keep", FITS, tabs=ON_PICTURE,
        help="keep: the photograph's own shape, as DETR is meant to be used. squash: a square without margins.",
    )  # fmt: skip
    scene_model: str = model("Model for scenes", "detr-scenes", ("detr",), own=True, tabs=ON_SCENES)
    model: str = model("Model", "detr-photos", ("detr",), own=True, tabs=ON_PICTURE)
    trained: bool = switch("Trained", True, help="Off: the same architecture with random weights.")
    threshold: float = real(
        "Threshold", 0.7, low=0.0, high=1.0, step=0.01, tabs=("pipeline", "queries", *ON_SCENES)
    )
    row: int = whole(
        "Place: row", PLACES // 2, low=1, high=PLACES, tabs=("pipeline",),
        help="A click in the photograph sets it.",
    )  # fmt: skip
    column: int = whole("Place: column", PLACES // 2, low=1, high=PLACES, tabs=("pipeline",))
    encoder_layer: int = whole(
        "Encoder layer", encoder_layers, low=1, high=encoder_layers, tabs=("pipeline",)
    )
    query: int = whole(
        "Query", surest_query, low=0, high=last_query, tabs=("queries",),
        help="A click on a box's centre, or on a row of the table, sets it.",
    )  # fmt: skip
    layer: int = whole(
        "Decoder layer", decoder_layers, low=1, high=decoder_layers, tabs=("queries", "assignment"),
        help="The same heads read class and box after every layer.",
    )  # fmt: skip
    head: str = choice("Head", "mean", heads, tabs=("pipeline", "queries"), help="One head, or their mean.")
    target: str = choice(
        "Class explained", PREDICTED, classes, tabs=("queries",),
        help="Whose score of the query the relevance is of.",
    )  # fmt: skip
    rejected: bool = switch(
        "Show rejected queries", False, tabs=("queries",), help="Draw the boxes of every query."
    )
    shown: str = choice(
        "Matrix shows", "cost", ("cost", "class", "L1", "GIoU"), tabs=("assignment",), elsewhere=True,
        help="The weighted cost, or one of its three parts.",
    )  # fmt: skip
    class_cost: float = real(
        "Class cost weight", 1.0, low=0.0, high=10.0, step=0.5, tabs=("assignment",), elsewhere=True
    )
    l1: float = real(
        "L1 cost weight", 5.0, low=0.0, high=10.0, step=0.5, tabs=("assignment",), elsewhere=True
    )
    giou: float = real(
        "GIoU cost weight", 2.0, low=0.0, high=10.0, step=0.5, tabs=("assignment",), elsewhere=True
    )
    without_queries: str = several("Exclude queries", queries, tabs=("assignment",))
    without_objects: str = several("Exclude objects", objects, tabs=("assignment",))
    boxes: str = text(
        "True boxes", "", longest=4096, elsewhere=True,
        help="For a photograph: kind_top_left_bottom_right in its pixels, joined by ~. None: those known of the "
        "gallery's photographs.",
    )  # fmt: skip
    scenes: int = whole(
        "Scenes", 96, low=24, high=960, step=24, tabs=ON_SCENES,
        help="More scenes take longer and give narrower estimates.",
    )  # fmt: skip
