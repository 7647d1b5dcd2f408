"""The rows of a picture: its numbers at every setting, or the sentence that says why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import ExplorerError
from explorer.formatting import Percentage
from explorer.sweep.grid import open_setting
from explorer.views.panel import without_figures
from explorer.views.scope import OBSERVATIONS, REMEMBERED

if TYPE_CHECKING:
    from explorer.export.drawing import Drawing
    from explorer.sweep.plan import Plan

__all__ = ["OWN", "Row", "rows_of"]

OWN = ("row", "picture", "class", "digest", "width", "height", "error")
"""The columns that every sweep has."""
Row = dict[str, tuple[Any, str]]
"""Each value with its unit, by column."""


def rows_of(plan: Plan, at: int) -> list[Row]:
    """A row for each setting of one picture. What was computed for it is then forgotten: a worker's memory is that of
    its models and of one picture."""
    try:
        return list(_rows(plan, at))
    finally:
        OBSERVATIONS.clear()
        REMEMBERED.clear()


def _rows(plan: Plan, at: int) -> Iterator[Row]:
    picture, sentence = None, ""
    try:
        picture = plan.pictures.open(at)
    except ExplorerError as error:
        sentence = str(error)
    for number, setting in enumerate(plan.settings):
        row: Row = {
            "row": (at * len(plan.settings) + number, ""),
            "picture": (plan.pictures.names[at].encode("utf-8", "replace").decode(), ""),
            "class": (plan.pictures.label(at), ""),
            "digest": (picture.digest if picture else None, ""),
            "width": (picture.width if picture else None, "px"),
            "height": (picture.height if picture else None, "px"),
            **{name: (value, "") for name, value in setting.items()},
        }
        found: Row = {}
        if picture:
            sentence, found = _measured(plan, setting, picture)
        names = {name: f"{name} (result)" if name in row or name in OWN else name for name in found}
        yield row | {"error": (sentence or None, "")} | {names[name]: found[name] for name in found}


def _measured(plan: Plan, setting: Any, picture: Any) -> tuple[str, Row]:
    """The sentence of what went wrong, and the numbers."""
    try:
        controls, scope = open_setting(plan.view, plan.panel, setting, picture, device=plan.device)
        with without_figures():
            drawing = plan.panel.draw(controls, scope)
    except ExplorerError as error:
        return str(error), {}
    except (MemoryError, OSError):  # of the machine, not of this picture
        raise
    except Exception as error:
        return f"The analysis failed: {type(error).__name__}: {error}"[:500], {}
    return "", _columns(drawing, maps=plan.maps)


def _columns(drawing: Drawing, *, maps: bool) -> Row:
    row: Row = {}
    for label, (value, unit) in drawing.numbers.items():
        if isinstance(value, Percentage):
            row[label] = (value.share, unit or "share")
        else:
            row[label] = (value if isinstance(value, str) else float(value), "" if _tells(unit) else unit)
        if isinstance(unit, Percentage):
            row[f"{label}, share"] = (unit.share, "share")
    if maps:
        for name, array in drawing.data.items():
            unit = drawing.units.get(name, "")
            row[f"map {name}"] = (np.ascontiguousarray(array).ravel(), unit)
            row[f"map {name}, shape"] = (np.array(array.shape, np.int32), "")
    return row


def _tells(unit: str) -> bool:
    """Whether it is no unit but a further result, such as “on query 26”: a column has one unit for all its rows."""
    return isinstance(unit, Percentage) or any(letter.isdigit() for letter in unit) or unit.startswith("on ")
