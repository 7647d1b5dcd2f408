"""Layers between CNN and ViT: receptive field, attention weights and cost."""

from explorer import ui
from explorer.ui.measuring import measuring

page = ui.open_view("attention-layers")

if page.at("look"):
    page.row(["cells", "reach"])
    page.explain("look")
    page.panel("weights", text="weights", beside="below")
elif page.at("cost"):
    page.panel("formula", text="formula", beside="below")
    measuring(page, "measured", text="measured")
elif page.at("networks"):
    page.panel("stages", text="pays")
    page.panel("near", text="near")
    page.panel("hybrid", text="hybrid")
else:
    page.panel("offsets", text="offsets", beside="below")
    page.panel("nearness", text="nearness")

page.finish()
