"""Object queries look at a picture and become objects, one to one."""

from explorer import ui
from explorer.ui.truth import truth

page = ui.open_view("detr")

if page.at("pipeline"):
    page.row(["backbone", "encoder", "detections"])
    truth(page)
    page.explain("pipeline")
    page.panel("steps", text="steps")
    page.panel("encoder-heads", text="encoder", beside="below")
    page.panel("encoder-layers")
elif page.at("queries"):
    ui.lens(page)
    page.row(["queries", "trajectory"])
    truth(page)
    page.explain("queries")
    page.panel("table")
    page.panel("cross-layers", text="cross", beside="below")
    page.panel("relevance", text="relevance", beside="below")
    page.panel("cross-heads")
    page.panel("self", text="self")
    page.panel("convergence", text="convergence")
elif page.at("assignment"):
    page.row(["matrix", "pairs"])
    truth(page)
    page.explain("assignment")
    page.panel("losses", text="losses")
elif page.at("slots"):
    page.panel("slots", text="slots", beside="below")
    page.panel("classes", text="classes")
else:
    page.panel("by-count", text="limits")
    page.panel("by-size", text="size")
    page.panel("precision", text="precision")

page.finish()
