"""The layers between CNN and ViT: what a cell can reach, what it weighs, and what that costs."""

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
else:
    page.panel("offsets", text="offsets", beside="below")
    page.panel("nearness", text="nearness")
