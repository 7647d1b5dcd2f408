"""The view *Attention layers*: layers between CNN and ViT, what they reach, weigh and cost."""

from explorer.views.attention_layers.controls import Controls
from explorer.views.panel import panels_of
from explorer.views.view import View

__all__ = ["VIEW"]

VIEW = View(
    name="attention-layers",
    title="Attention layers",
    section="Attention",
    icon=":material/grid_on:",
    summary="Between CNN and ViT: what eight layers can reach from a cell, weigh and cost, and accuracy by where attention is.",
    controls=Controls,
    find_panels=panels_of(__name__, "look", "cost", "offsets", "networks"),
    page="pages/9_Attention_layers.py",
    tabs={
        "look": "Reach and weights",
        "cost": "Cost",
        "offsets": "Offsets in a ViT",
        "networks": "Accuracy by stage",
    },
)
