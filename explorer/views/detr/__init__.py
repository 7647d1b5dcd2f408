"""The view *DETR*: object queries become objects, one to one."""

from explorer.views.detr.controls import Controls
from explorer.views.panel import panels_of
from explorer.views.view import View

__all__ = ["VIEW"]

VIEW = View(
    name="detr",
    title="DETR",
    section="Transformers",
    icon=":material/select_all:",
    summary="How object queries attend to a picture, become boxes layer by layer, and are matched one to one.",
    controls=Controls,
    find_panels=panels_of(__name__, "pipeline", "queries", "matching", "many"),
    page="pages/3_DETR.py",
    tabs={
        "pipeline": "Pipeline",
        "queries": "Queries",
        "assignment": "Bipartite matching",
        "slots": "Query specialisation",
        "limits": "Failure cases",
    },
)
