"""What can be set on the page *Vision Transformer*."""

from dataclasses import dataclass

from explorer.geometry import FITS
from explorer.views.controls import choice, model, picture, real, switch, text, whole
from explorer.views.scope import Scope

__all__ = ["MODES", "Controls"]

MODES = {"attention": "attention", "attended by": "attended", "rollout": "rollout"}
"""The lens's word for each map; the tab *Rollout* has the last."""


def depth(scope: Scope) -> int:
    """Number of attention layers."""
    return len(scope.model().attention_names)


def heads(scope: Scope) -> tuple[str, ...]:
    count = scope.look().observation.call(0).heads
    return ("mean", "max", "min", *map(str, range(1, count + 1)))


def tokens(scope: Scope) -> tuple[str, ...]:
    """The tokens that may be the query: those that are no patch, by name, and any patch."""
    return (*scope.layout().prefix_names, "patch")


def asks_a_patch(controls: "Controls") -> bool:
    """Whether it matters which patch is chosen."""
    return controls.tab == "tokens" or controls.token == "patch"


@dataclass(frozen=True)
class Controls:
    """What can be set. Layers, heads, rows and columns are counted from 1."""

    tab: str = choice("Tab", "attention", ("tokens", "attention", "rollout"))
    picture: str = picture(default="cat")
    fit: str = choice(
        "Fit", "crop", FITS, help="How the photograph is brought into the model's square input."
    )
    model: str = model("Model", "vit", ("vit", "hybrid"))
    trained: bool = switch("Trained", True, help="Off: the same architecture with random weights.")
    map: str = choice("Map", "attention", tuple(MODES), tabs=("attention",), elsewhere=True)
    second: str = text("Second patch", "", tabs=("attention",), elsewhere=True)
    layer: int = whole("Layer", depth, low=1, high=depth, tabs=("attention",))
    head: str = choice(
        "Head", "mean", heads, tabs=("attention",), help="One head, or all of them fused by mean, max or min."
    )
    token: str = choice(
        "Query", lambda scope: tokens(scope)[0], tokens, tabs=("attention", "rollout"),
        help="The token whose attention is drawn. A click on the photograph chooses a patch.",
    )  # fmt: skip
    row: int = whole(
        "Patch row", lambda s: (s.layout().grid.rows + 1) // 2, low=1, high=lambda s: s.layout().grid.rows,
        when=asks_a_patch,
    )  # fmt: skip
    column: int = whole(
        "Patch column", lambda s: (s.layout().grid.columns + 1) // 2, low=1,
        high=lambda s: s.layout().grid.columns, when=asks_a_patch,
    )  # fmt: skip
    log: bool = switch(
        "Logarithmic colours", False, tabs=("attention", "rollout"), help="To see small weights."
    )
    fusion: str = choice("Fusion of heads", "mean", ("mean", "max", "min"), tabs=("rollout",))
    discard: float = real("Discard ratio", 0.0, low=0.0, high=0.95, tabs=("rollout",))
    residual: float = real("Residual weight", 0.5, low=0.0, high=1.0, tabs=("rollout",))
    start: int = whole("First layer", 1, low=1, high=depth, tabs=("rollout",))
    depth: int = whole(
        "Last layer", depth, low=1, high=depth, tabs=("rollout",), help="The last layer of the product."
    )
