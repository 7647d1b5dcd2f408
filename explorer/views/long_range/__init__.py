"""The view *Long-range dependencies*: six ways to read a sequence, and how far back each looks, recalls and at what price."""

from __future__ import annotations

from explorer.views.long_range.controls import Controls
from explorer.views.long_range.cost import draw_costs, draw_growth, draw_times
from explorer.views.long_range.look import draw_gradients, draw_reach
from explorer.views.long_range.models import all_weights, one_weights
from explorer.views.long_range.recall import draw_accuracy, draw_findings
from explorer.views.view import Panel, View

__all__ = ["VIEW", "Controls"]

LOOKED = ("models", "seed", "trained", "sequence", "distance", "sample", "places")
RECALLED = ("models", "trained", "count")

VIEW = View(
    name="long-range",
    title="Long-range dependencies",
    section="Attention",
    icon=":material/linear_scale:",
    summary="Six ways to read a sequence: how far back each looks, what it recalls, and what a pass costs.",
    controls=Controls,
    page="pages/6_Long_range.py",
    parts={"look": "Looking back", "recall": "Recall", "cost": "Cost", "time": "Time"},
    panels=(
        Panel(
            "gradients",
            "Gradient of the answer by input position",
            draw_gradients,
            LOOKED,
            part="look",
            weights=one_weights,
        ),
        Panel("reach", "Reach, in theory and in fact", draw_reach, LOOKED, part="look", weights=one_weights),
        Panel(
            "accuracy", "Recalled, by distance", draw_accuracy, RECALLED, part="recall", weights=all_weights
        ),
        Panel(
            "findings",
            "Expected and measured recall",
            draw_findings,
            RECALLED,
            part="recall",
            weights=all_weights,
        ),
        Panel("costs", "A pass over one sequence", draw_costs, ("models", "length"), part="cost"),
        Panel("growth", "As the sequence grows", draw_growth, ("models", "length"), part="cost"),
        Panel(
            "times",
            "Milliseconds a pass",
            draw_times,
            ("models", "longest", "again"),
            part="time",
            heavy=True,
        ),
    ),
)
