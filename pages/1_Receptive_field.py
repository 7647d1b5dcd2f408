"""One place in a photograph, through a CNN, a ViT, a hybrid and a DETR."""

from explorer import ui

page = ui.open_view("receptive-field")

if page.at("compare"):
    page.panels("compare", "vit-gradient", "radius", "distance", "training")
else:
    page.panel("stack")
    page.row(["stack-box", "stack-growth"])

page.finish()
