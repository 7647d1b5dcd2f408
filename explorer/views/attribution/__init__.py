"""The view *Attribution methods compared*: maps of what an answer hangs on, and the tests that tell them apart."""

from __future__ import annotations

from explorer.views.attribution.change import draw_answers, draw_changed
from explorer.views.attribution.controls import Controls
from explorer.views.attribution.faithful import draw_curves, draw_recorded, draw_sanity
from explorer.views.attribution.maps import draw_agreement, draw_maps, draw_place
from explorer.views.view import Panel, View

__all__ = ["VIEW", "Controls"]

ASKED = ("picture", "model", "trained", "target")
COMPARED = (*ASKED, "methods", "side")
CHANGED = (*ASKED, "heads", "hide", "clamp", "clamped", "row", "column")
PLACE = ("row", "column")

VIEW = View(
    name="attribution",
    title="Attribution methods compared",
    section="Relevance",
    icon=":material/rule:",
    summary="What an answer hangs on, by fourteen methods side by side, and the tests that say which of them to believe.",
    controls=Controls,
    page="pages/10_Attribution.py",
    parts={
        "maps": "Side by side",
        "faithful": "Deletion and insertion",
        "sanity": "Sanity check",
        "change": "Intervene on attention",
    },
    panels=(
        Panel(
            "maps",
            "Attribution maps for this class",
            draw_maps,
            (*COMPARED, "scale", *PLACE),
            part="maps",
            click=PLACE,
        ),
        Panel("place", "Attribution at the selected patch", draw_place, (*COMPARED, *PLACE), part="maps"),
        Panel("agreement", "Do they agree?", draw_agreement, COMPARED, part="maps"),
        Panel(
            "curves",
            "Deletion and insertion curves",
            draw_curves,
            (*ASKED, "methods", "fill", "steps", "again"),
            part="faithful",
            heavy=True,
        ),
        Panel("recorded", "Over many photographs", draw_recorded, ("model",), part="faithful"),
        Panel(
            "sanity",
            "Sanity check: cascading weight randomisation",
            draw_sanity,
            (*ASKED, "methods", "again"),
            part="sanity",
            heavy=True,
        ),
        Panel("changed", "What is changed", draw_changed, CHANGED, part="change", click=PLACE),
        Panel("answers", "What it answers now", draw_answers, CHANGED, part="change"),
    ),
)
