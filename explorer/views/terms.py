"""Which of the glossary's terms a control sets, so that its help quotes the definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.glossary import glossary

if TYPE_CHECKING:
    from explorer.views.controls import Control

__all__ = ["TERMS", "help_of"]

TERMS: Mapping[str, str] = {
    "causal": "Causal mask",
    "override": "Attention weight",
    "encoding": "Positional encoding",
    "discard": "Discard ratio",
    "fusion": "Head fusion",
    "giou": "Generalised IoU",
    "head": "Attention head",
    "methods": "Attribution map",
    "class_cost": "Bipartite matching",
    "padding": "Circular padding",
    "residual": "Residual weight",
    "shape": "Letterbox",
    "strides": "Anti-aliased stride",
    "temperature": "Temperature",
    "threshold": "Score threshold",
    "top_k": "Top-k sampling",
    "top_p": "Top-p sampling",
    "blocks": "Local attention",
}
"""The term of each control, by the control's name."""


def help_of(control: Control) -> str:
    """The definition of the control's term, if it has one, then the control's own help."""
    term = TERMS.get(control.name)
    return " ".join(filter(None, (glossary()[term].meaning if term else "", control.help)))
