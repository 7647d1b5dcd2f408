"""One place in a photograph, through a CNN and through a ViT."""

from explorer import ui

page = ui.open_view("receptive-field")

if page.at("compare"):
    page.row(["cnn-gradient", "vit-attention", "vit-gradient"])
    page.explain("compare")
    page.panels("radius", "distance", "training")
else:
    page.panel("stack")
    page.row(["stack-box", "stack-growth"])

page.finish()
