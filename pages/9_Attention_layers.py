"""Layers between CNN and ViT: receptive field, attention weights and cost."""

from explorer import ui
from explorer.ui.measuring import measuring

page = ui.open_view("attention-layers")

if page.at("look"):
    page.row(["cells", "reach"])
    page.explain("look")
    page.panel("weights")
elif page.at("cost"):
    page.panel("formula")
    measuring(page, "measured")
else:
    page.panels()

page.finish()
