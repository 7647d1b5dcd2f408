"""The view *DETR*: object queries become objects, one to one."""

from __future__ import annotations

from explorer.views.detr import many, matching, pipeline, queries
from explorer.views.detr.controls import Controls
from explorer.views.view import View

__all__ = ["VIEW", "Controls"]

VIEW = View(
    name="detr",
    title="DETR",
    section="Transformers",
    icon=":material/select_all:",
    summary="How object queries look at a picture, become boxes layer by layer, and are assigned one to one.",
    controls=Controls,
    page="pages/3_DETR.py",
    parts={
        "pipeline": "Pipeline",
        "queries": "Queries",
        "assignment": "Assignment",
        "slots": "Query specialisation",
        "limits": "Failure cases",
    },
    panels=(*pipeline.PANELS, *queries.PANELS, *matching.PANELS, *many.PANELS),
)
