"""What can be set on the page *DETR*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.errors import ExplorerError
from explorer.scenes import is_scene, read_scene
from explorer.views.controls import choice, model, picture, real, several, switch, text, whole
from explorer.views.detr.typed import true_boxes

if TYPE_CHECKING:
    from explorer.views.scope import Scope
    from explorer.zoo.detr import Fit

__all__ = ["FITS", "LIKELIEST", "PLACES", "Controls"]

PLACES = 32
"""Rows and columns of places of the photograph that can be clicked."""
FITS: tuple[Fit, ...] = ("keep", "letterbox", "squash")
LIKELIEST = "the likeliest"
ON_PICTURE = ("pipeline", "queries", "assignment")
ON_SCENES = ("slots", "limits")
"""Its parts that show one picture, and those that need many with known truth."""


def _config(scope: Scope) -> Any:
    return scope.model().module.config


def decoder_layers(scope: Scope) -> int:
    return int(_config(scope).decoder_layers)


def encoder_layers(scope: Scope) -> int:
    return int(_config(scope).encoder_layers)


def last_query(scope: Scope) -> int:
    return int(_config(scope).num_queries) - 1


def heads(scope: Scope) -> tuple[str, ...]:
    config = _config(scope)
    count = min(config.encoder_attention_heads, config.decoder_attention_heads)
    return ("mean", *map(str, range(1, count + 1)))


def queries(scope: Scope) -> tuple[str, ...]:
    return tuple(map(str, range(last_query(scope) + 1)))


def classes(scope: Scope) -> tuple[str, ...]:
    return (LIKELIEST, *scope.model().classes)


def objects(scope: Scope) -> tuple[str, ...]:
    """The numbers of the objects that are known to be in the picture."""
    reference = scope.chosen["picture"]
    try:
        if is_scene(reference):
            return tuple(map(str, range(len(read_scene(reference).objects))))
        found = true_boxes(reference, str(scope.raw.get("boxes", "")), scope.model().classes)
        return tuple(map(str, range(len(found))))
    except ExplorerError:
        return ()


@dataclass(frozen=True)
class Controls:
    """What can be set. Layers, heads, rows and columns are counted from 1, queries and objects from 0."""

    part: str = choice("Part", "pipeline", (*ON_PICTURE, *ON_SCENES))
    picture: str = picture("Picture", "dog", choices=("scene",), own=True, parts=ON_PICTURE)
    shape: str = choice(
        "Shape",
        "keep",
        FITS,
        parts=ON_PICTURE,
        help="keep: an input of the photograph's own shape, as DETR is meant to be used. letterbox: a square "
        "with masked margins. squash: a square.",
    )
    scene_model: str = model("Model for scenes", "detr-scenes", ("detr",), own=True, parts=ON_SCENES)
    model: str = model("Model", "detr-photos", ("detr",), own=True, parts=ON_PICTURE)
    trained: bool = switch("Trained", True, help="Off: the same architecture with random weights.")
    threshold: float = real(
        "Threshold", 0.7, low=0.0, high=1.0, step=0.01,
        help="A query is kept whose score is above it.",
    )  # fmt: skip
    row: int = whole(
        "Place: row", PLACES // 2, low=1, high=PLACES, parts=("pipeline",),
        help="A click in the photograph sets it.",
    )  # fmt: skip
    column: int = whole("Place: column", PLACES // 2, low=1, high=PLACES, parts=("pipeline",))
    encoder_layer: int = whole(
        "Encoder layer", encoder_layers, low=1, high=encoder_layers, parts=("pipeline",)
    )
    query: int = whole(
        "Query", 0, low=0, high=last_query, parts=("queries",),
        help="A click on a box's centre, or on a row of the table, sets it.",
    )  # fmt: skip
    layer: int = whole(
        "Decoder layer", decoder_layers, low=1, high=decoder_layers, parts=("queries", "assignment"),
        help="The same heads read class and box after every layer.",
    )  # fmt: skip
    head: str = choice("Head", "mean", heads, parts=("pipeline", "queries"), help="One head, or their mean.")
    target: str = choice(
        "Class explained", LIKELIEST, classes, parts=("queries",),
        help="Whose score of the query the relevance is of.",
    )  # fmt: skip
    faint: bool = switch(
        "Show rejected queries", False, parts=("queries",), help="Draw the boxes of every query."
    )
    shown: str = choice(
        "Matrix shows", "cost", ("cost", "class", "L1", "GIoU"), parts=("assignment",),
        help="The weighted cost, or one of its three parts.",
    )  # fmt: skip
    named: float = real("Class cost weight", 1.0, low=0.0, high=10.0, step=0.5, parts=("assignment",))
    l1: float = real("L1 cost weight", 5.0, low=0.0, high=10.0, step=0.5, parts=("assignment",))
    giou: float = real("GIoU cost weight", 2.0, low=0.0, high=10.0, step=0.5, parts=("assignment",))
    without_queries: str = several("Without the queries", queries, parts=("assignment",))
    without_objects: str = several("Without the objects", objects, parts=("assignment",))
    boxes: str = text(
        "True boxes", "", longest=4096, elsewhere=True,
        help="For a photograph: kind_top_left_bottom_right in its pixels, joined by ~. None: those known of the "
        "gallery's photographs.",
    )  # fmt: skip
    scenes: int = whole(
        "Scenes", 96, low=24, high=960, step=24, parts=ON_SCENES,
        help="More scenes take longer and say more.",
    )  # fmt: skip
