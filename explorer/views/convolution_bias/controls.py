"""What can be set on the page *Inductive bias of convolution*."""

from dataclasses import dataclass

from explorer.views.controls import choice, model, picture, real, switch, whole

__all__ = ["CELLS", "Controls"]

CELLS = 8
"""Rows and columns of the grid that regions are named on."""
SHIFT, PIECES, OCCLUDE, SWAP = ("shift",), ("scramble", "occlude"), ("occlude",), ("swap",)


def _cell(label: str, default: int) -> int:
    return whole(label, default, low=1, high=CELLS, tabs=SWAP)


@dataclass(frozen=True)
class Controls:
    """What can be set. Rows and columns are counted from 1."""

    tab: str = choice("Tab", "shift", ("shift", "scramble", "occlude", "swap"))
    picture: str = picture(default="red-panda")
    cnn: str = model("CNN", "efficientnet-lite0", ("cnn",))
    vit: str = model("ViT", "vit", ("vit", "hybrid"))
    trained: bool = switch("Trained", True, help="Off: the same architectures with random weights.")
    right: int = whole(
        "Moved right", 8, low=0, high=32, unit="px", tabs=SHIFT, help="Pixels of the model's input."
    )
    down: int = whole("Moved down", 0, low=0, high=32, unit="px", tabs=SHIFT)
    padding: str = choice(
        "Padding of convolutions", "as trained", ("as trained", "circular"), tabs=SHIFT,
        help="The picture is moved around its edges. Zeros at the edge tell where the edge is; circular padding does not.",
    )  # fmt: skip
    strides: str = choice(
        "Strides of the CNN", "as trained", ("as trained", "blurred", "one"), tabs=SHIFT,
        help="Blurred: smoothed before it is subsampled. One: no subsampling; the picture is then made small.",
    )  # fmt: skip
    shown: str = choice("Maps of", "CNN", ("CNN", "ViT", "ViT without positions", "hybrid"), tabs=SHIFT)
    tiles: int = whole("Tiles a side", 4, low=1, high=16, tabs=PIECES)
    seed: int = whole(
        "Shuffle seed", 1, low=1, high=999, tabs=PIECES, help="Same number, same order of the tiles."
    )
    share: float = real("Hidden share", 0.4, low=0.0, high=1.0, tabs=OCCLUDE, help="Share of the tiles.")
    first_row: int = _cell("First region, row", 2)
    first_column: int = _cell("First region, column", 2)
    second_row: int = _cell("Second region, row", 6)
    second_column: int = _cell("Second region, column", 5)
    side: int = whole("Size of the regions", 2, low=1, high=4, unit="cells", tabs=SWAP)
