"""The view *Long-range dependencies*: six sequence models, how far back each depends, recalls and at what cost."""

from explorer.views.long_range.controls import Controls
from explorer.views.panel import panels_of
from explorer.views.view import View

__all__ = ["VIEW"]

VIEW = View(
    name="long-range",
    title="Long-range dependencies",
    section="Attention",
    icon=":material/linear_scale:",
    summary="Six sequence models: how far back the answer depends on the input, what is recalled, and what a pass costs.",
    controls=Controls,
    find_panels=panels_of(__name__, "look", "recall", "cost"),
    page="pages/6_Long_range.py",
    tabs={"look": "Gradient and reach", "recall": "Recall", "cost": "Cost", "time": "Time"},
)
