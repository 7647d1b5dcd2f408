"""The inductive bias of convolution: pictures that are shifted, scrambled, occluded, or have two regions swapped."""

from explorer import ui

page = ui.open_view("convolution-bias")

if page.at("shift"):
    page.panel("depth", text="shift")
    page.panel("maps", text="maps", beside="below")
    page.panel("distance", text="aliasing")
else:
    tab = page.controls.tab
    page.row([tab, f"{tab}-answers"])
    page.explain(tab)
    if tab != "swap":
        page.panel(f"{tab}-all", text=f"{tab}-all")

page.finish()
