"""The view *Vision Transformer*: from picture to tokens, attention in every head, attention through depth."""

from explorer.views.panel import panels_of
from explorer.views.view import View
from explorer.views.vision_transformer.controls import Controls

__all__ = ["VIEW"]

VIEW = View(
    name="vision-transformer",
    title="Vision Transformer",
    section="Transformers",
    icon=":material/grid_view:",
    summary="From a photograph to tokens, attention of every head, and attention rollout through depth.",
    controls=Controls,
    find_panels=panels_of(__name__, "attention", "rollout", "tokens"),
    page="pages/2_Vision_Transformer.py",
    tabs={"tokens": "From picture to tokens", "attention": "Attention", "rollout": "Rollout"},
)
