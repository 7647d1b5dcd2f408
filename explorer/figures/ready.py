"""A finished figure as plain data: made and validated once, sent to any number of browsers."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
from plotly.basedatatypes import BaseFigure

from explorer.figures.style import theme_name

__all__ = ["Plain", "ReadyFigure"]

Plain = dict[str, Any]
"""What a figure's JSON says: nothing but dictionaries, lists, text and numbers."""


class ReadyFigure(BaseFigure):
    """A figure that is nothing but its JSON. Plotly and Streamlit take it as they take any figure, and neither copies
    nor validates it again, which costs more than everything else in drawing a page anew."""

    def __init__(self, plain: Plain) -> None:
        # BaseFigure's own would validate; `to_dict` is all that is asked of a figure on its way to the browser.
        object.__setattr__(self, "_plain", plain)

    def to_dict(self) -> Plain:
        """The figure's data and layout; shared, not to be changed."""
        return self._plain

    @staticmethod
    def plain(figure: go.Figure) -> Plain:
        """What a figure says, but for its theme."""
        plain: Plain = json.loads(pio.to_json(figure, validate=False))
        plain["layout"].pop("template", None)
        return plain

    @classmethod
    def themed(cls, plain: Plain, theme: str) -> ReadyFigure:
        """That figure on a light or a dark ground."""
        return cls({**plain, "layout": {**plain["layout"], "template": _template(theme_name(theme))}})


@cache
def _template(name: str) -> Plain:
    empty = go.Figure(layout={"template": name})
    return json.loads(pio.to_json(empty, validate=False))["layout"]["template"]
