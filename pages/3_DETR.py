"""Object detection by DETR: object queries, attention, and bipartite matching."""

from explorer import ui
from explorer.ui.truth import truth

page = ui.open_view("detr")

if page.at("pipeline"):
    page.row(["backbone", "encoder", "detections"])
    truth(page)
    page.explain("pipeline")
    page.panel("steps")
elif page.at("queries"):
    page.panel("cross-attention")
    page.row(["queries", "trajectory"])
    truth(page)
    page.explain("queries")
    page.panels("table", "relevance", "self", "convergence")
elif page.at("assignment"):
    page.panel("matrix")
    truth(page)
    page.explain("assignment")
    page.exports(["pairs"])
    page.panel("losses")
else:
    page.panels()

page.finish()
