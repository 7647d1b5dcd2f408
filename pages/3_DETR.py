"""Object detection by DETR: object queries, attention, and bipartite matching."""

from explorer import ui
from explorer.ui.truth import truth

page = ui.open_view("detr")

if page.at("pipeline"):
    page.row(["backbone", "encoder", "detections"])
    truth(page)
    page.explain("pipeline")
    page.panels("steps", "encoder-heads", "encoder-layers")
elif page.at("queries"):
    ui.lens(page)
    page.row(["queries", "trajectory"])
    truth(page)
    page.explain("queries")
    page.panels("table", "cross-layers", "relevance", "cross-heads", "self", "convergence")
elif page.at("assignment"):
    page.row(["matrix", "pairs"])
    truth(page)
    page.explain("assignment")
    page.panel("losses")
else:
    page.panels()

page.finish()
