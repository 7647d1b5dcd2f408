"""A finished figure as plain data: made and validated once, sent to any number of browsers, drawn once by each.

Streamlit's chart hands Plotly a copy of the figure as soon as it has drawn it. Plotly draws that again, which takes as long
as the first time, unless it can see that nothing has changed; these figures let it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
from plotly.basedatatypes import BaseFigure

from explorer.figures.margins import margins
from explorer.figures.style import theme_name

__all__ = ["Plain", "ReadyFigure", "from_json", "plain", "to_json"]

Plain = dict[str, Any]
"""What a figure's JSON says: nothing but dictionaries, lists, text and numbers."""
CLICKED = {"clickmode": "event+select"}
"""What Streamlit else adds to a figure whose points can be chosen, after it is drawn; Plotly draws it again for that."""
NUMBERED = re.compile(r"([xy]axis|coloraxis|legend)\d*")
"""The parts of a layout of which there may be several, each like the template's one."""


@lru_cache(256)
def plain(json_of_figure: bytes) -> Plain:
    """What a figure says, but for its theme; shared, not to be changed. Plotly takes arrays of one axis for new ones when it
    is given them again in their packed form, so they are lists here."""
    said: Plain = json.loads(json_of_figure)
    said["layout"].pop("template", None)
    said["data"] = _unpacked(said["data"], _list)
    return said


def to_json(figure: go.Figure) -> bytes:
    """The figure as Plotly writes it, its arrays packed."""
    return pio.to_json(figure, validate=False).encode()


def from_json(json_of_figure: bytes) -> go.Figure:
    """The figure that was written so, its arrays being arrays again."""
    return go.Figure(_unpacked(json.loads(json_of_figure), _array))


class ReadyFigure(BaseFigure):
    """A figure that is nothing but its JSON. Plotly and Streamlit take it as they take any figure, and neither copies
    nor validates it again, which costs more than everything else in drawing a page anew."""

    def __init__(self, plain: Plain) -> None:
        # BaseFigure's own would validate; `to_dict` is all that is asked of a figure on its way to the browser.
        object.__setattr__(self, "_plain", plain)

    def to_dict(self) -> Plain:
        """The figure's data and layout; shared, not to be changed."""
        return self._plain

    @classmethod
    def themed(cls, plain: Plain, theme: str, *, clicked: bool = False) -> ReadyFigure:
        """That figure on a light or a dark ground, its points to be `clicked` or not.

        What the template says is said by the figure itself: Plotly takes a template it is given again for a new one. And
        the revision of its data is always the same, since changed data is another figure to Streamlit."""
        template = _template(theme_name(theme))
        own, missing = plain["layout"], dict(template["layout"])
        kinds = {kind: missing.pop(kind) for kind in ("xaxis", "yaxis", "coloraxis", "legend")}
        annotation = missing.pop("annotationdefaults")
        layout = _filled(own, missing) | {"datarevision": 1}
        drawn = [trace for trace in plain["data"] if trace["type"] != "table"]
        ungridded = {
            _axes(trace)[trace.get("orientation") == "h"] for trace in drawn if trace["type"] == "bar"
        }
        # In an order that no process changes: figures are told apart by their bytes.
        for part in dict.fromkeys(("legend", *own, *(name for trace in drawn for name in _axes(trace)))):
            if kind := NUMBERED.fullmatch(part):
                layout[part] = _filled(own.get(part, {}), kinds[kind[1]])
        for part in ungridded:  # a grid has a colour: where bars stand there is none
            if "gridcolor" not in own.get(part, {}):
                del layout[part]["gridcolor"]
        if "annotations" in own:
            layout["annotations"] = [_filled(each, annotation) for each in own["annotations"]]
        layout["margin"] = margins(plain["data"], layout)
        data = [_like(trace, template["data"].get(trace["type"])) for trace in plain["data"]]
        return cls({**plain, "data": data, "layout": {**CLICKED, **layout} if clicked else layout})


def _axes(trace: Plain) -> list[str]:
    """The layout's names for a trace's axes: xaxis2 for x2."""
    return [f"{axis}{trace.get(axis, '')[1:]}" for axis in ("xaxis", "yaxis")]


def _like(trace: Plain, defaults: list[Plain] | None) -> Plain:
    return (
        _filled(trace, {name: value for name, value in defaults[0].items() if name in trace})
        if defaults
        else trace
    )


def _filled(own: Mapping[str, Any], missing: Mapping[str, Any]) -> Plain:
    """What is said, and of the rest what is `missing`, at every depth."""
    result = {**missing, **own}
    for name, value in missing.items():
        if isinstance(value, dict) and isinstance(own.get(name), dict):
            result[name] = _filled(own[name], value)
    return result


def _unpacked(value: Any, unpack: Callable[[Plain], Any]) -> Any:
    """All of it, its packed arrays unpacked so."""
    if isinstance(value, list):
        packed = any(isinstance(each, dict) for each in value)
        return [_unpacked(each, unpack) for each in value] if packed else value
    if not isinstance(value, dict):
        return value
    if "bdata" in value:
        return unpack(value)
    return {name: _unpacked(each, unpack) for name, each in value.items()}


def _array(packed: Plain) -> np.ndarray:
    numbers = np.frombuffer(base64.b64decode(packed["bdata"]), np.dtype(packed["dtype"]))
    return (
        numbers.reshape([int(size) for size in packed["shape"].split(",")]) if "shape" in packed else numbers
    )


def _list(packed: Plain) -> Any:
    """Of one axis a list; of more, as it is."""
    if "shape" in packed:
        return packed
    return [each if np.isfinite(each) else None for each in _array(packed).tolist()]


@cache
def _template(name: str) -> Plain:
    empty = go.Figure(layout={"template": name})
    return json.loads(pio.to_json(empty, validate=False))["layout"]["template"]
