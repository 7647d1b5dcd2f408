"""Results drawn: each function takes a result of `explorer.analysis` and returns a Plotly figure.

In words and drawings layers, heads, rows and columns count from 1; in code, from 0.
"""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from explorer.errors import AnalysisError

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["plot"]

DRAWN_WITH = {
    "accuracy": "compared",
    "average_precision": "recall",
    "detection_results": "detection",
    "enlarging": "generation",
    "faithful_maps": "faithfulness",
    "field_growth": "field",
    "heads": "attention",
    "images": "photo",
    "layers_compared": "attention_layers",
    "moved_patches": "positions",
    "position_results": "positions",
    "query_attention": "detection",
    "sanity": "faithfulness",
    "self_attention_results": "attention_steps",
    "sequence_comparison": "long_range",
    "sequence_speed": "sequence_cost",
}
"""Modules whose results are drawn beside another's; those of the rest are drawn in the module of their own name. So
only what is asked for is imported."""


@singledispatch
def plot(result: object, **options: Any) -> go.Figure:
    """A result, or a picture alone, drawn by the function that is registered for its type (`@plot.register`), with its options.

    Raises:
        AnalysisError: results of this type are not drawn alone.
    """
    for kind in type(result).__mro__:
        drawing = drawn_in(kind.__module__) if kind.__module__.startswith("explorer.") else ""
        if drawing and find_spec(drawing):
            import_module(drawing)
            if (draw := plot.dispatch(kind)) is not plot.dispatch(object):
                return draw(result, **options)
    raise AnalysisError(f"A {type(result).__name__} has no figure of its own")


def drawn_in(module: str) -> str:
    """The module of `explorer.figures` that draws what a module defines."""
    _, layer, *inside = module.split(".")
    subject = inside[0] if inside else layer
    return f"explorer.figures.{DRAWN_WITH.get(subject, subject)}"
