"""`--over layer=1..6 head=all model=vit,hybrid`: every combination of the values, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from explorer.errors import ControlError
from explorer.views.animation import values_of
from explorer.views.controls import Control, controls_of, read
from explorer.views.scope import Scope, find_picture, open_scope
from explorer.views.values import Value

if TYPE_CHECKING:
    from explorer.views.view import Panel, View

__all__ = ["MOST", "open_setting", "read_over", "settings_of"]

MOST = 10_000
"""Settings of a sweep."""
ALL = "all"


def read_over(words: Sequence[str]) -> dict[str, str]:
    """The controls and what is said of their values: `1..6`, `all`, or some, separated by commas.

    Raises:
        ControlError: a word is not of the form CONTROL=VALUES, or names a control again.
    """
    over: dict[str, str] = {}
    for word in words:
        name, _, values = word.partition("=")
        name = name.strip().replace("-", "_")
        if not name or not values or name in over:
            raise ControlError(
                f"--over cannot be {word!r}", do="write each control once, as layer=1..6 or model=vit,hybrid"
            )
        over[name] = values.strip()
    return over


def settings_of(
    view: View, panel: Panel, over: Mapping[str, str], *, device: str = "auto"
) -> tuple[dict[str, Value], ...]:
    """The controls of every combination. What `all` means may depend on the model.

    Raises:
        ControlError: the figure does not depend on one of them, a value cannot be, or they are too many.
    """
    known = {control.name: control for control in controls_of(view.controls) if control.name in panel.uses}
    for name in over:
        if name not in known or name == "picture":
            choices = ", ".join(sorted(set(known) - {"picture"}))
            raise ControlError(f"{panel.title} does not depend on {name!r}", do=f"choose among {choices}")
    settings: list[dict[str, Value]] = [{}]
    # What a model has of layers and heads is known once the model is, so models come first.
    for name in sorted(over, key=lambda name: known[name].kind not in ("model", "writer")):
        settings = [
            {**setting, name: value}
            for setting in settings
            for value in _values(view, known[name], over[name], setting, device)
        ]
        if len(settings) > MOST:
            raise ControlError(f"A sweep cannot have more than {MOST:,} settings", do="name fewer values")
    settings = [{name: setting[name] for name in over} for setting in settings]
    return tuple(_checked(view, panel, setting, device) for setting in settings)


def open_setting(
    view: View, panel: Panel, setting: Mapping[str, Value], picture: Any, *, device: str
) -> tuple[Any, Scope]:
    """The controls that the panel sees and their scope, for one picture."""
    raw = {**setting, "picture": "picture", **({"tab": panel.tab} if panel.tab else {})}
    scope, _ = open_scope(view.controls, raw, lambda _: picture, device=device, strict=True)
    controls = read(view.controls, {**raw, **scope.chosen}, scope)
    return view.seen_by(panel, controls, scope), scope


def _checked(view: View, panel: Panel, setting: Mapping[str, Value], device: str) -> dict[str, Value]:
    controls, _ = open_setting(view, panel, setting, find_picture("cat"), device=device)
    return {name: getattr(controls, name) for name in setting}


def _values(
    view: View, control: Control, text: str, setting: Mapping[str, Value], device: str
) -> Sequence[Value]:
    first, dots, last = text.partition("..")
    if dots and control.kind == "whole":
        if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last) < int(first) + MOST):
            raise ControlError(f"{control.label} cannot be {text!r}", do="write it as 1..6")
        return range(int(first), int(last) + 1)
    if text != ALL:
        return list(dict.fromkeys(value.strip() for value in text.split(",")))
    if control.kind == "switch":
        return ("off", "on")
    scope, _ = open_scope(
        view.controls, {**setting, "picture": "cat"}, find_picture, device=device, strict=True
    )
    values = (
        values_of(control, scope)
        if control.kind in ("whole", "real")
        else control.resolved(scope).choices
        if control.kind == "choice"
        else ()
    )
    if not values:
        raise ControlError(
            f"It is not known what all values of {control.label} are", do="name them, separated by commas"
        )
    return values
