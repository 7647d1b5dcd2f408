"""The view *Self-attention, step by step*: words or patches, every tensor of a layer, and what a change does."""

from explorer.views.panel import panels_of
from explorer.views.self_attention.controls import Controls
from explorer.views.view import View

__all__ = ["VIEW"]

VIEW = View(
    name="self-attention",
    title="Self-attention, step by step",
    section="Attention",
    icon=":material/hub:",
    summary="A sentence you write, or the patches of a picture: every tensor of a layer, and interventions on it.",
    controls=Controls,
    find_panels=panels_of(__name__, "look", "steps", "change", "reference"),
    page="pages/5_Self_attention.py",
    tabs={
        "steps": "Step by step",
        "look": "Attention weights",
        "change": "Intervene",
        "reference": "Coreference",
    },
)
