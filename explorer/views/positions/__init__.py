"""The view *Positional encoding*: how a transformer is told where a patch lies, and what becomes of it otherwise."""

from __future__ import annotations

from explorer.views.positions.codes import draw_bias, draw_grid, draw_one, draw_rotation, draw_waves
from explorer.views.positions.compare import draw_right, draw_shares, draw_things
from explorer.views.positions.controls import Controls
from explorer.views.positions.models import (
    all_weights,
    code_weights,
    every_weights,
    things_weights,
    weights_of,
)
from explorer.views.positions.move import draw_answers, draw_patches
from explorer.views.positions.photograph import draw_deals, draw_known
from explorer.views.view import Panel, View

__all__ = ["VIEW", "Controls"]

ONE = ("code", "seed", "trained")
MOVED = ("digit", "share", "shuffle")

VIEW = View(
    name="positions",
    title="Positional encoding",
    section="Attention",
    icon=":material/pin_drop:",
    summary="Attention does not know where a patch lies unless it is told: six ways, and what happens without.",
    controls=Controls,
    page="pages/7_Positions.py",
    parts={
        "codes": "Encodings",
        "move": "Move the patches",
        "compare": "Accuracy",
        "photograph": "On a photograph",
    },
    panels=(
        Panel(
            "grid",
            "Each position's code with every other's",
            draw_grid,
            (*ONE, "row", "column"),
            part="codes",
            click=("row", "column"),
            weights=code_weights,
        ),
        Panel("one", "One position", draw_one, (*ONE, "row", "column"), part="codes", weights=code_weights),
        Panel("waves", "Waves of every length", draw_waves, ("width",), part="codes"),
        Panel(
            "bias",
            "Added for each offset",
            draw_bias,
            ("seed", "trained", "layer", "head"),
            part="codes",
            weights=weights_of("relative"),
        ),
        Panel(
            "rotation",
            "Turned by the place",
            draw_rotation,
            ("seed", "trained"),
            part="codes",
            weights=weights_of("rotary"),
        ),
        Panel(
            "patches",
            "The same patches, elsewhere",
            draw_patches,
            (*ONE, *MOVED, "row", "column", "layer", "head"),
            part="move",
            weights=code_weights,
        ),
        Panel(
            "answers",
            "Who notices",
            draw_answers,
            ("seed", "trained", *MOVED),
            part="move",
            weights=every_weights,
        ),
        Panel(
            "right", "With and without", draw_right, ("trained", "side"), part="compare", weights=all_weights
        ),
        Panel(
            "shares",
            "Accuracy against the share of patches shuffled",
            draw_shares,
            ("trained", "shuffle"),
            part="compare",
            weights=all_weights,
        ),
        Panel("things", "On photographs", draw_things, (), part="compare", weights=things_weights),
        Panel(
            "deals",
            "Altered encodings",
            draw_deals,
            ("picture", "model", "shuffle"),
            part="photograph",
        ),
        Panel(
            "known",
            "What this model is told",
            draw_known,
            ("model", "layer", "head"),
            part="photograph",
        ),
    ),
)
