"""The view *Attention layers*: seven ways for a cell to look at others, what they reach, weigh and cost."""

from __future__ import annotations

from explorer.views.attention_layers.controls import Controls
from explorer.views.attention_layers.cost import draw_formula, draw_measured
from explorer.views.attention_layers.look import draw_cells, draw_reach, draw_weights
from explorer.views.attention_layers.offsets import draw_nearness, draw_offsets
from explorer.views.view import Panel, View

__all__ = ["VIEW", "Controls"]

PLACE = ("side", "row", "column")
LAYERS = (*PLACE, "depth", "kernel", "heads", "key")
WEIGHED = ("picture", *LAYERS, "sharpness", "alike", "seed")
COST = ("features", "heads", "key", "kernel")

VIEW = View(
    name="attention-layers",
    title="Attention layers",
    section="Attention",
    icon=":material/grid_on:",
    summary="Between CNN and ViT: what eight layers can reach from a cell, what they weigh, and what they cost.",
    controls=Controls,
    page="pages/9_Attention_layers.py",
    parts={"look": "Reach and weights", "cost": "Cost", "offsets": "Offsets in a ViT"},
    panels=(
        Panel("weights", "What it does weigh", draw_weights, (*WEIGHED, "log"), part="look"),
        Panel(
            "cells",
            "The picture as cells",
            draw_cells,
            ("picture", *PLACE),
            part="look",
            click=("row", "column"),
        ),
        Panel("reach", "What it can reach", draw_reach, LAYERS, part="look"),
        Panel("formula", "By formula", draw_formula, COST, part="cost"),
        Panel("measured", "As measured", draw_measured, (*COST, "longest", "again"), part="cost"),
        Panel(
            "offsets",
            "Attention by offset",
            draw_offsets,
            ("picture", "vit", "early", "late"),
            part="offsets",
        ),
        Panel("nearness", "How much of it is near", draw_nearness, ("picture", "vit"), part="offsets"),
    ),
)
