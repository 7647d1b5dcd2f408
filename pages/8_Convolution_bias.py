"""The inductive bias of convolution: pictures that are shifted, scrambled, occluded, or have two regions swapped."""

from explorer import ui

page = ui.open_view("convolution-bias")

if page.at("shift"):
    page.panel("depth", text="shift")
    page.panel("maps", text="maps", beside="below")
    page.panel("distance", text="aliasing")
else:
    part = page.controls.part
    page.row([part, f"{part}-answers"])
    page.explain(part)
    if part != "swap":
        page.panel(f"{part}-all", text=f"{part}-all")

page.finish()
