"""What can be set on the page *Receptive field and attention*."""

import math
from dataclasses import dataclass

from explorer.errors import ExplorerError
from explorer.geometry import FITS
from explorer.views.controls import asked_for, choice, model, picture, switch, text, whole
from explorer.views.scope import Scope

__all__ = ["PLACES", "SLOTS", "Controls", "part_at_depth", "parts_of"]

PLACES = 32
"""Rows and columns of places that can be clicked."""
SLOTS = {"cnn": "CNN", "vit": "ViT"}
STACK = "conv7s2c32 maxpool3s2 residual(conv3,conv3) residual(conv3s2c64,conv3) conv3d2"


def depths(scope: Scope) -> int:
    """Steps of the shared depth slider: the parts of the network that has more."""
    return max(len(parts_of(scope, slot)) for slot in SLOTS)


def layers_of_stack(scope: Scope) -> int:
    """How many layers the designed network has; 1 while what is written cannot be read."""
    from explorer.views.receptive_field.designer import designed

    source, stack, side = (asked_for(Controls, name, scope) for name in ("source", "stack", "side"))
    try:
        return len(designed(str(source), str(stack), int(side), scope)[0])
    except ExplorerError:
        return 1


@dataclass(frozen=True)
class Controls:
    """What can be set. Layers, heads, rows and columns are counted from 1."""

    tab: str = choice("Tab", "compare", ("compare", "designer"))
    picture: str = picture(default="dog")
    fit: str = choice(
        "Fit", "crop", FITS, help="How the photograph is brought into the models' square input."
    )
    cnn: str = model("CNN", "efficientnet-lite0", ("cnn",))
    vit: str = model("ViT", "vit", ("vit", "hybrid"), tabs=("compare",))
    trained: bool = switch(
        "Trained", True, tabs=("compare",), help="Off: the same architectures with random weights."
    )
    depth: int = whole(
        "Depth", lambda s: max(1, depths(s) // 3), low=1, high=depths, tabs=("compare",),
        help="Moves through both networks by the share of their parts passed.",
    )  # fmt: skip
    fusion: str = choice("Fusion of heads", "mean", ("mean", "max", "min"), tabs=("compare",), elsewhere=True)
    row: int = whole("Place: row", PLACES // 2, low=1, high=PLACES, help="A click in a photograph sets it.")
    column: int = whole("Place: column", PLACES // 2, low=1, high=PLACES)
    log: bool = switch("Logarithmic colours", False, tabs=("compare",), help="To see small values.")
    source: str = choice(
        "Network", "stack", ("stack", "CNN"), tabs=("designer",), help="The line below, or the CNN above."
    )
    stack: str = text(
        "Layers", STACK, tabs=("designer",), longest=400,
        help="Kinds conv, depthwise, maxpool, avgpool, residual(…); then the kernel (3 or 3x5), s stride, "
        "d dilation, p padding, c channels: conv3x5s2d2c32.",
    )  # fmt: skip
    side: int = whole(
        "Input side", 128, low=32, high=512, step=32, unit="px", tabs=("designer",), help="Of the stack."
    )
    layer: int = whole("Layer", layers_of_stack, low=1, high=layers_of_stack, tabs=("designer",))


def parts_of(scope: Scope, slot: str) -> tuple[str, ...]:
    """The parts of a network that its depth is counted in."""
    from explorer.analysis.field import depth_layers

    return scope.remember(("parts", slot, scope.chosen[slot]), lambda: depth_layers(scope.model(slot)))


def part_at_depth(controls: Controls, scope: Scope, slot: str) -> int:
    """The part of a network at the selected depth, counted from 0."""
    return math.ceil(controls.depth * len(parts_of(scope, slot)) / depths(scope)) - 1
