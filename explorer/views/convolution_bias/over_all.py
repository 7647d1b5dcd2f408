"""Right answers over many test photographs in pieces: measured once and kept, since the photographs do not ship."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.convolution_bias.controls import Controls

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["COMMAND", "draw_over_all", "measured_weights"]

COMMAND = "measure scramble --data DATA"
TITLES = {"cnn-128": "CNN", "vit-128": "ViT", "hybrid-128": "hybrid"}
KEPT = {"scramble": "scrambled ", "occlude": "half blank of "}
SAID = {
    "scramble": "cut into tiles that are shuffled, each photograph in an order of its own",
    "occlude": "with half of the tiles blank; 1 × 1: as they are",
}


def measured_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """The models that were measured."""
    from explorer.zoo.measured import result

    found = result(COMMAND)
    return dict(zip(found["model"], found["checkpoint"], strict=True))


def draw_over_all(part: str, controls: Controls, scope: Scope) -> Drawing:
    """Accuracy against the number of tiles.

    Raises:
        WeightsNotFound: it has not been measured.
    """
    from explorer.figures.compared import tiles_figure
    from explorer.zoo.measured import result

    found = result(COMMAND)
    tiles: dict[str, list[int]] = {}
    shares: dict[str, np.ndarray] = {}
    for name, measured in found["values"].items():
        kept = {1: measured["scrambled 1"]} | {
            int(change.removeprefix(KEPT[part])): share
            for change, share in measured.items()
            if change.startswith(KEPT[part])
        }
        title = TITLES.get(name, name)
        tiles[title], shares[title] = sorted(kept), np.array([kept[k] for k in sorted(kept)])
    return Drawing(
        figure=tiles_figure(tiles, shares, chance=0.1, what="tiles"),
        data={
            "model": np.repeat(list(shares), [len(each) for each in shares.values()]),
            "tiles_a_side": np.concatenate(list(tiles.values())),
            **{
                column: np.concatenate([each[:, at] for each in shares.values()])
                for at, column in enumerate(("right", "lowest", "highest"))
            },
        },
        units={"right": "1", "lowest": "1", "highest": "1"},
        caption=f"Share of right answers on test photographs of Imagenette {SAID[part]}; with 95 % intervals. Dotted: "
        f"chance. Measured once, by `explorer {COMMAND}`.",
        alt=f"Curves of right answers against tiles a side for {', '.join(shares)}.",
        numbers={
            f"{title}, {k} × {k}": (f"{values[tiles[title].index(k), 0]:.0%}", "")
            for title, values in shares.items()
            for k in (1, 4)
            if k in tiles[title]
        },
    )
