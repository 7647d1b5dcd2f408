"""The inductive bias of convolution: pictures that are shifted, scrambled, occluded, or have two regions swapped."""

from explorer import ui

page = ui.open_view("convolution-bias")

tab = page.controls.tab
if page.at("shift"):
    page.panels()
else:
    page.row([tab, f"{tab}-answers"])
    page.explain(tab)
    if tab != "swap":
        page.panel(f"{tab}-all")

page.finish()
