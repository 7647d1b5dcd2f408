"""The view *Attribution methods compared*: maps of a prediction, and the tests that tell them apart."""

from explorer.views.attribution.controls import Controls
from explorer.views.panel import panels_of
from explorer.views.view import View

__all__ = ["VIEW"]

VIEW = View(
    name="attribution",
    title="Attribution methods compared",
    section="Relevance",
    icon=":material/rule:",
    summary="Which patches drive the prediction, by fourteen methods side by side, and tests of their faithfulness.",
    controls=Controls,
    find_panels=panels_of(__name__, "maps", "faithful", "change"),
    page="pages/10_Attribution.py",
    tabs={
        "maps": "Side by side",
        "faithful": "Deletion and insertion",
        "sanity": "Sanity check",
        "change": "Intervene on attention",
    },
)
