"""The same figure for several values of one control, beside each other in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from explorer.errors import ControlError
from explorer.views.controls import control_of, read
from explorer.views.scope import Scope, open_scope
from explorer.views.view import Panel, View

if TYPE_CHECKING:
    from explorer.export.drawing import Drawing

__all__ = ["LARGEST", "draw_at", "draw_over", "joined", "read_over"]

LARGEST = 12
"""Figures of a grid: more could not be read on a page."""


def read_over(text: str | None) -> dict[str, str]:
    """What `--over CONTROL=VALUE,VALUE` says, as a recipe keeps it; of `--over CONTROL` no values, which means all.

    Raises:
        ControlError: it is not of that form.
    """
    if not text:
        return {}
    name, equals, values = text.partition("=")
    if not name or bool(equals) != bool(values):
        raise ControlError(f"--over cannot be {text!r}", do="write it as layer=1,3,6")
    return joined(name.strip().replace("-", "_"), [value.strip() for value in values.split(",")])


def joined(name: str, values: Sequence[str]) -> dict[str, str]:
    """A control and its values as a recipe keeps them."""
    return {name: "\n".join(values)}


def draw_over(view: View, panel: Panel, controls: Any, scope: Scope, over: Mapping[str, str]) -> Drawing:
    """The panel's drawing, or where `over` names a control the grid of its drawings for each of the values.

    Raises:
        ControlError: the figure does not depend on that control, a value cannot be, or they are too many.
        ExportError: there is no Chromium to draw the cells of a grid.
    """
    if not over:
        return view.draw(panel, controls, scope)
    name, joined_values = next(iter(over.items()))
    if not joined_values:
        raise ControlError(
            "It is not said for which values", do=f"write them as {name}=1,3,6; only an animation takes all"
        )
    values = list(dict.fromkeys(joined_values.split("\n")))
    if name not in panel.uses:
        raise ControlError(
            f"{panel.title} does not depend on {name!r}", do=f"choose among {', '.join(panel.uses)}"
        )
    if len(over) != 1 or not 2 <= len(values) <= LARGEST:
        raise ControlError(
            f"A grid cannot be of {len(values)} figures", do=f"take 2 to {LARGEST} values of one control"
        )
    from explorer.export.grid import beside_each_other

    label = control_of(view.controls, name).label
    titles = [value if len(value) <= 40 else f"{at + 1}" for at, value in enumerate(values)]
    drawings = [draw_at(view, panel, controls, scope, name, value) for value in values]
    values_named, first = ", ".join(titles[:-1]) + f" and {titles[-1]}", drawings[0]
    return beside_each_other(
        drawings,
        titles,
        label=label,
        caption=f"{panel.title} for {label.lower()} {values_named}. The first: {first.caption}",
        alt=f"{len(drawings)} figures beside each other, for {label.lower()} {values_named}. The first: {first.alt}",
    )


def draw_at(view: View, panel: Panel, controls: Any, scope: Scope, name: str, value: str) -> Drawing:
    """The panel's drawing with another value of one control."""
    raw = {**view.recipe(panel, controls), name: value}
    if panel.tab:
        raw["tab"] = panel.tab
    other, _ = open_scope(
        view.controls, raw, scope.pictures, device=scope.device, strict=True, own=dict(scope.own)
    )
    return view.draw(panel, read(view.controls, {**raw, **other.chosen}, other), other)
