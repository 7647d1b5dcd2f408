"""The view *Self-attention, step by step*: words or patches, every tensor of a layer, and what a change does."""

from __future__ import annotations

from explorer.views.self_attention.change import draw_answer, draw_moved
from explorer.views.self_attention.controls import CHANGED, SEEN, Controls
from explorer.views.self_attention.look import draw_heads, draw_look
from explorer.views.self_attention.reference import draw_agreement, draw_found, shipped_weights
from explorer.views.self_attention.steps import draw_overview, draw_product, draw_step
from explorer.views.self_attention.subject import weights
from explorer.views.view import Panel, View

__all__ = ["VIEW", "Controls"]

ASKED = (*SEEN, "layer", "query", *CHANGED)

VIEW = View(
    name="self-attention",
    title="Self-attention, step by step",
    section="Attention",
    icon=":material/hub:",
    summary="A sentence you write, or the patches of a picture: every tensor of a layer, and what a change does.",
    controls=Controls,
    page="pages/5_Self_attention.py",
    parts={
        "steps": "Step by step",
        "look": "Who looks where",
        "change": "Intervene on attention",
        "reference": "Reference",
    },
    panels=(
        Panel(
            "look",
            "Where one head looks",
            draw_look,
            (*ASKED, "head"),
            part="look",
            click=("query",),
            weights=weights,
        ),
        Panel("heads", "Every head", draw_heads, ASKED, part="look", click=("query",), weights=weights),
        Panel("overview", "All steps", draw_overview, (*ASKED, "head"), part="steps", weights=weights),
        Panel(
            "step",
            "One step",
            draw_step,
            (*ASKED, "head", "step", "column"),
            part="steps",
            click=("query", "column"),
            weights=weights,
        ),
        Panel(
            "product",
            "One number: two vectors",
            draw_product,
            (*ASKED, "head", "step", "column"),
            part="steps",
            weights=weights,
        ),
        Panel("answer", "What it answers", draw_answer, ASKED, part="change", weights=weights),
        Panel("moved", "Which tokens it moves", draw_moved, ASKED, part="change", weights=weights),
        Panel(
            "found",
            "Heads that find the referent",
            draw_found,
            ("trained", "count", "hidden"),
            part="reference",
            weights=shipped_weights,
        ),
        Panel(
            "agreement",
            "Masked words filled in",
            draw_agreement,
            ("trained", "count"),
            part="reference",
            weights=shipped_weights,
        ),
    ),
)
