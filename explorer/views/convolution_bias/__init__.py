"""The view *Inductive bias of convolution*: what moves with the picture, and what is seen of a picture in pieces."""

from __future__ import annotations

from functools import partial

from explorer.views.convolution_bias.changed import draw_answers, draw_changed, other_models
from explorer.views.convolution_bias.controls import Controls
from explorer.views.convolution_bias.over_all import draw_over_all, measured_weights
from explorer.views.convolution_bias.shift import draw_depth, draw_distance, draw_maps
from explorer.views.view import Panel, View

__all__ = ["VIEW", "Controls"]

BOTH = ("picture", "cnn", "vit", "trained")
MOVED = ("right", "down", "padding", "strides")
CHANGES: dict[str, tuple[str, ...]] = {
    "scramble": ("tiles", "seed"),
    "occlude": ("tiles", "seed", "share"),
    "swap": ("first_row", "first_column", "second_row", "second_column", "side"),
}

VIEW = View(
    name="convolution-bias",
    title="Inductive bias of convolution",
    section="Convolution and attention",
    icon=":material/open_with:",
    summary="What a CNN assumes: features move with the picture. And what each model makes of parts in the wrong place.",
    controls=Controls,
    page="pages/8_Convolution_bias.py",
    parts={"shift": "Shift", "scramble": "Scramble", "occlude": "Occlude", "swap": "Swap"},
    panels=(
        Panel(
            "depth",
            "Do the features move along?",
            draw_depth,
            (*BOTH, *MOVED),
            part="shift",
            weights=other_models,
        ),
        Panel(
            "maps",
            "Where they do not",
            draw_maps,
            (*BOTH, *MOVED, "shown"),
            part="shift",
            weights=other_models,
        ),
        Panel("distance", "Aliasing", draw_distance, ("picture", "cnn", "trained", "padding"), part="shift"),
        *(
            panel
            for part, uses in CHANGES.items()
            for panel in (
                Panel(
                    part,
                    {"scramble": "Scrambled", "occlude": "Occluded", "swap": "Swapped"}[part],
                    partial(draw_changed, part),
                    ("picture", *uses),
                    part=part,
                    click=("second_row", "second_column") if part == "swap" else (),
                ),
                Panel(
                    f"{part}-answers",
                    "Predictions",
                    partial(draw_answers, part),
                    (*BOTH, *uses),
                    part=part,
                    weights=other_models,
                ),
            )
        ),
        *(
            Panel(
                f"{part}-all",
                "Over many photographs",
                partial(draw_over_all, part),
                (),
                part=part,
                weights=measured_weights,
            )
            for part in ("scramble", "occlude")
        ),
    ),
)
