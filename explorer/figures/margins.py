"""Margins that hold what stands at the axes.

Plotly widens a margin for the labels of an axis only when it has drawn them, and then draws the whole figure again; at each
change, since Streamlit has it made anew. A figure whose margins are wide enough from the beginning is drawn once. They are
estimated: where one is too narrow, Plotly widens it as it always did.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["margins"]

AXIS = re.compile(r"([xy])axis\d*")
TAG = re.compile(r"<[^>]*>")
PAD, TICK, GAP = 8.0, 5.0, 5.0
"""Pixels at the figure's edge, of a tick, and from there to its label."""
BEYOND = 20.0
"""Pixels for the half of the last label that stands to the right of its axis."""
LINE = 1.45
"""The height of a line of text as a multiple of its font's size."""
LETTER = 0.6
"""The width of a letter likewise, in the widest of the fonts that figures are drawn with."""
NUMBER = "100 %"
"""A label as long as most of an axis of numbers."""


def margins(data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> dict[str, float]:
    """The margins that the layout says, wider where axes are labelled.

    Traces and layout are given as their JSON says them, with everything that a template would add.
    """
    margin = dict(layout.get("margin", {}))
    size = layout.get("font", {}).get("size", 12)
    for name, axis in layout.items():
        if not (kind := AXIS.fullmatch(name)) or not _labelled(axis):
            continue
        side = axis.get("side", "bottom" if kind[1] == "x" else "left")
        edge = int(side in ("top", "right"))
        if axis.get("domain", (0, 1))[edge] == edge:  # of axes that lie side by side, the outermost
            needed = _needed(axis, _labels(axis, name, data), kind[1], size)
            margin[side[0]] = max(margin.get(side[0], PAD), needed)
            if kind[1] == "x":
                margin["r"] = max(margin.get("r", PAD), BEYOND)
    return margin


def _labelled(axis: Mapping[str, Any]) -> bool:
    return bool(
        axis.get("automargin")
        and axis.get("visible", True)
        and axis.get("showticklabels", True)
        and "overlaying" not in axis
    )


def _labels(axis: Mapping[str, Any], name: str, data: Sequence[Mapping[str, Any]]) -> list[str]:
    if axis.get("ticktext"):
        return [str(text) for text in axis["ticktext"]]
    letter, number = name[0], name[5:]
    here = (trace.get(letter) for trace in data if trace.get(f"{letter}axis", letter)[1:] == number)
    texts = [each for values in here if isinstance(values, list) for each in values if isinstance(each, str)]
    return texts or [NUMBER]


def _needed(axis: Mapping[str, Any], labels: Sequence[str], letter: str, size: float) -> float:
    size = axis.get("tickfont", {}).get("size", size)
    words = (TAG.sub("", line) for label in labels for line in label.split("<br>"))
    longest = max(map(len, words)) * LETTER * size
    turned = math.radians(abs(axis.get("tickangle") or 0))
    high = LINE * size * max(label.count("<br>") + 1 for label in labels)
    across = longest * math.cos(turned) + high * math.sin(turned)
    down = longest * math.sin(turned) + high * math.cos(turned)
    title = axis.get("title", {})
    lines = (title["text"].count("<br>") + 1) if title.get("text") else 0
    beyond = lines and title.get("standoff", 0) + lines * title.get("font", {}).get("size", size)
    return math.ceil(PAD + TICK + GAP + (across if letter == "y" else down) + beyond)
