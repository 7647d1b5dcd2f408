"""The view *Attention layers*: seven ways for a cell to look at others, what they reach, weigh and cost."""

from __future__ import annotations

from explorer.views.attention_layers.controls import Controls
from explorer.views.attention_layers.cost import draw_formula, draw_measured
from explorer.views.attention_layers.look import draw_cells, draw_reach, draw_weights
from explorer.views.attention_layers.offsets import draw_nearness, draw_offsets
from explorer.views.attention_layers.pays import (
    draw_hybrid,
    draw_near,
    draw_pays,
    hybrid_weights,
    near_weights,
    stage_weights,
)
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
    summary="Between CNN and ViT: what eight layers can reach from a cell, weigh and cost, and where attention pays.",
    controls=Controls,
    page="pages/9_Attention_layers.py",
    parts={
        "look": "Reach and weights",
        "cost": "Cost",
        "offsets": "Offsets in a ViT",
        "pays": "Accuracy by stage",
    },
    panels=(
        Panel("weights", "Attention weights", draw_weights, (*WEIGHED, "log"), part="look"),
        Panel(
            "cells",
            "The picture as cells",
            draw_cells,
            ("picture", *PLACE),
            part="look",
            click=("row", "column"),
        ),
        Panel("reach", "Receptive field", draw_reach, LAYERS, part="look"),
        Panel("formula", "By formula", draw_formula, COST, part="cost"),
        Panel("measured", "As measured", draw_measured, (*COST, "longest", "again"), part="cost", heavy=True),
        Panel(
            "offsets",
            "Attention by offset",
            draw_offsets,
            ("picture", "vit", "early", "late"),
            part="offsets",
        ),
        Panel("nearness", "How much of it is near", draw_nearness, ("picture", "vit"), part="offsets"),
        Panel(
            "pays",
            "Accuracy by the stage that has attention",
            draw_pays,
            (),
            part="pays",
            weights=stage_weights,
        ),
        Panel("near", "Near or far, by stage", draw_near, ("picture",), part="pays", weights=near_weights),
        Panel("hybrid", "The hybrid between its parts", draw_hybrid, (), part="pays", weights=hybrid_weights),
    ),
)
