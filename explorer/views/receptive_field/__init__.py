"""The view *Receptive field and attention*: one place through a CNN and a ViT, and a designer of CNNs."""

from explorer.views.panel import panels_of
from explorer.views.receptive_field.controls import Controls
from explorer.views.view import View

__all__ = ["VIEW"]

VIEW = View(
    name="receptive-field",
    title="Receptive field and attention",
    section="Convolution and attention",
    icon=":material/center_focus_strong:",
    summary="One place through a CNN and a ViT, layer by layer; and a designer of receptive fields.",
    controls=Controls,
    find_panels=panels_of(__name__, "compare", "designer"),
    page="pages/1_Receptive_field.py",
    tabs={"compare": "Compare", "designer": "Designer"},
)
