"""What can be set on the page *Attention layers*."""

from dataclasses import dataclass

from explorer.views.controls import choice, model, picture, real, switch, whole
from explorer.views.scope import Scope
from explorer.views.values import Value

__all__ = ["Controls"]

LOOK, COST, OFFSETS, NETWORKS = ("look",), ("cost",), ("offsets",), ("networks",)
SIDE = 14


def side_of(scope: Scope) -> int:
    """Cells a side, as it is set: rows and columns depend on it."""
    try:
        return min(24, max(6, int(scope.raw.get("side", SIDE))))
    except (TypeError, ValueError, OverflowError):
        return SIDE


def middle(scope: Scope) -> Value:
    return side_of(scope) // 2


def layers(scope: Scope) -> int:
    return max(1, len(scope.model("vit").attention_names))


@dataclass(frozen=True)
class Controls:
    """What can be set. Rows, columns and layers count from 1."""

    tab: str = choice("Tab", "look", (*LOOK, *COST, *OFFSETS, *NETWORKS))
    picture: str = picture(tabs=(*LOOK, *OFFSETS, *NETWORKS))
    side: int = whole("Side", SIDE, low=6, high=24, unit="cells", tabs=LOOK)
    row: int = whole(
        "Cell: row", middle, low=1, high=side_of, tabs=LOOK, help="A click in the picture sets it."
    )
    column: int = whole("Cell: column", middle, low=1, high=side_of, tabs=LOOK)
    depth: int = whole("Layers", 1, low=1, high=2, tabs=LOOK, help="Of the same kind, one after the other.")
    kernel: int = whole("Window", 5, low=3, high=11, step=2, unit="cells", tabs=(*LOOK, *COST))
    heads: int = whole("Heads", 2, low=1, high=4, tabs=(*LOOK, *COST), help="1, 2 or 4.")
    key: int = whole("Key size", 8, low=2, high=32, step=2, tabs=(*LOOK, *COST))
    sharpness: float = real(
        "Sharpness", 1.0, low=0.0, high=8.0, step=0.25, tabs=LOOK,
        help="A factor on the queries, hence on all scores. 0: all cells equally, but for positions in keys.",
    )  # fmt: skip
    shared: bool = switch(
        "Shared query and key weights", True, tabs=LOOK,
        help="Queries and keys have the same weights, so a cell attends to what resembles it. Off: independent weights.",
    )  # fmt: skip
    seed: int = whole("Random weights", 1, low=1, high=99, tabs=LOOK)
    log: bool = switch("Logarithmic colours", True, tabs=LOOK, help="To see small values.")
    features: int = whole("Features", 16, low=8, high=64, step=8, tabs=COST)
    longest: str = choice("Longest side", "64", ("32", "64", "128"), tabs=COST, help="For the measurement.")
    again: int = whole("Measurement", 1, low=1, high=99, tabs=COST, elsewhere=True)
    vit: str = model("ViT", "vit", ("vit", "hybrid"), tabs=OFFSETS)
    early: int = whole("Early layer", 1, low=1, high=layers, tabs=OFFSETS)
    late: int = whole("Late layer", layers, low=1, high=layers, tabs=OFFSETS)
