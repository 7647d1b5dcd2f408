"""The view *Inductive bias of convolution*: what moves with the picture, and predictions of a picture in pieces."""

from explorer.views.convolution_bias.controls import Controls
from explorer.views.panel import panels_of
from explorer.views.view import View

__all__ = ["VIEW"]

VIEW = View(
    name="convolution-bias",
    title="Inductive bias of convolution",
    section="Convolution and attention",
    icon=":material/open_with:",
    summary="Translation equivariance of a CNN, a ViT and a hybrid, and what each predicts when parts are moved or hidden.",
    controls=Controls,
    find_panels=panels_of(__name__, "shift", "changed"),
    page="pages/8_Convolution_bias.py",
    tabs={"shift": "Shift", "scramble": "Scramble", "occlude": "Occlude", "swap": "Swap"},
)
