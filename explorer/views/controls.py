"""A control of a view, declared once.

A view's controls are a frozen dataclass whose fields are made by `whole`, `real`, `switch`, `choice`, `text`,
`model`, `writer`, `picture` and `several`. Widgets, the page's address, command-line options, recipes and
captions all come from these fields, and so does the validation of hostile values. A bound, a set of choices or a default may be a
function of the scope (the loaded picture and models), because the number of heads is known only then.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar

from explorer.errors import ControlError
from explorer.views.values import Resolved, Value, as_text

__all__ = [
    "Control",
    "asked_for",
    "choice",
    "control_of",
    "controls_of",
    "describe",
    "model",
    "picture",
    "read",
    "real",
    "resolve",
    "several",
    "switch",
    "text",
    "whole",
    "writer",
]

Kind = Literal["whole", "real", "switch", "choice", "text", "model", "picture", "several", "writer"]
C = TypeVar("C")


@dataclass(frozen=True)
class Control:
    """The declaration of one control. `Any` below is a value, or a function of the scope that gives it."""

    kind: Kind
    label: str
    default: Any
    help: str = ""
    unit: str = ""
    low: Any = None
    high: Any = None
    step: float | None = None
    choices: Any = ()
    tabs: tuple[str, ...] = ()
    """The tabs of the page it belongs to; none means all."""
    name: str = ""
    longest: int = 200
    """Characters a text may have."""
    own: bool = False
    """Picture and model mean the same on every page; one that is a page's own is not carried to the next."""
    nothing: str = "none"
    """What the widget of several words says where none is picked."""
    elsewhere: bool = False
    """Its widget stands on the page, not among the others beside it."""
    when: Callable[[Any], bool] | None = None
    """Whether it changes anything while the view's controls are these; without, it always does."""

    def concerns(self, controls: Any) -> bool:
        """Whether it changes anything on the open tab, the others being as they are."""
        return (not self.tabs or controls.tab in self.tabs) and (self.when is None or self.when(controls))

    def resolved(self, scope: Any) -> Resolved:
        """Bounds, choices and default for this picture and these models; worked out once for each scope."""
        memory = getattr(scope, "known_controls", {})
        if id(self) not in memory:
            memory[id(self)] = self._resolved(scope)
        return memory[id(self)]

    def _resolved(self, scope: Any) -> Resolved:
        def known(value: Any) -> Any:
            return value(scope) if callable(value) else value

        return Resolved(
            self, known(self.default), known(self.low), known(self.high), tuple(known(self.choices))
        )

    @property
    def values_in_words(self) -> str:
        """What it takes, for help texts, as far as it is known without a model."""
        if self.kind in ("whole", "real"):
            low, high = ("…" if callable(v) or v is None else f"{v:g}" for v in (self.low, self.high))
            unit = f" {self.unit}" if self.unit else ""
            return (
                f"{low} to {high}{unit}"
                if "…" not in (low, high)
                else f"{low} to {high}{unit}, as the model has"
            )
        if self.kind == "switch":
            return "on or off"
        if self.kind == "several":
            return "numbers or names, separated by commas"
        if self.kind == "choice" and not callable(self.choices):
            return ", ".join(self.choices)
        words = {
            "choice": "one of the model's",
            "model": "a name of `explorer models`",
            "picture": "a gallery name or a file",
        }
        return words.get(self.kind, "text")


def _field(kind: Kind, label: str, default: Any, **options: Any) -> Any:
    return dataclasses.field(metadata={"control": Control(kind, label, default, **options)})


def whole(label: str, default: Any, *, low: Any, high: Any, **options: Any) -> Any:
    """A whole number from low to high, both included."""
    return _field("whole", label, default, low=low, high=high, **options)


def real(label: str, default: Any, *, low: Any, high: Any, step: float = 0.05, **options: Any) -> Any:
    """A number from low to high, both included."""
    return _field("real", label, default, low=low, high=high, step=step, **options)


def switch(label: str, default: Any, **options: Any) -> Any:
    """On or off."""
    return _field("switch", label, default, **options)


def choice(label: str, default: Any, choices: Any, **options: Any) -> Any:
    """One of some words."""
    return _field("choice", label, default, choices=choices, **options)


def several(label: str, choices: Any, **options: Any) -> Any:
    """Some of some words, none at first; its value is one text, separated by commas."""
    return _field("several", label, "", choices=choices, **options)


def text(label: str, default: Any, **options: Any) -> Any:
    """A line the visitor writes."""
    return _field("text", label, default, **options)


def model(label: str, default: str, families: tuple[str, ...], **options: Any) -> Any:
    """A model of the catalogue; any timm name of the family is taken as well. The field's name is its slot."""
    return _field("model", label, default, choices=families, longest=100, **options)


def writer(label: str, default: str, *, enlarging: bool = False, **options: Any) -> Any:
    """A model that writes pictures value by value: from nothing, or by enlarging one."""
    return _field(
        "writer", label, default, choices=("enlarging",) if enlarging else (), longest=100, **options
    )


def picture(label: str = "Picture", default: str = "cat", **options: Any) -> Any:
    """A picture: a gallery name, an upload's digest, a scene or, on the command line, a file. With the choice
    "scene" its widget composes scenes as well."""
    return _field("picture", label, default, longest=4096, **options)


def controls_of(kind: type) -> tuple[Control, ...]:
    """The controls of a view in the order they are shown, each with its field's name."""
    return _controls_of(kind)


@cache
def _controls_of(kind: type) -> tuple[Control, ...]:
    return tuple(
        dataclasses.replace(field.metadata["control"], name=field.name) for field in dataclasses.fields(kind)
    )


def control_of(kind: type, name: str) -> Control:
    """The view's control of that name."""
    return next(control for control in controls_of(kind) if control.name == name)


def asked_for(kind: type, name: str, scope: Any) -> Value:
    """What is asked for a control on which another one's bounds depend; its default where that cannot be. Its own
    bounds must not depend on the scope."""
    known = control_of(kind, name).resolved(None)
    try:
        return known.checked(scope.raw[name])
    except (KeyError, ControlError):
        return known.default


def resolve(kind: type[C], raw: Mapping[str, Value], scope: Any) -> tuple[C, tuple[str, ...]]:
    """The controls for what was asked, whatever it was: a value that cannot be becomes the default.

    Returns the controls and one sentence for each value that was refused.
    """
    values, refused = {}, []
    for control in controls_of(kind):
        known = control.resolved(scope)
        values[control.name] = known.default
        if control.name in raw:
            try:
                values[control.name] = known.checked(raw[control.name])
            except ControlError as error:
                refused.append(f"{error} The default, {as_text(known.default)}, is used instead.")
    return kind(**values), tuple(refused)


def read(kind: type[C], raw: Mapping[str, Value], scope: Any) -> C:
    """The controls for exactly what was asked.

    Raises:
        ControlError: a name that is no control, or a value it cannot have.
    """
    names = [control.name for control in controls_of(kind)]
    for name in raw:
        if name not in names:
            raise ControlError(f"There is no control called {name!r}", do=f"choose among {', '.join(names)}")
    controls, refused = resolve(kind, raw, scope)
    if refused:
        raise ControlError(refused[0].rsplit(" The default", 1)[0])
    return controls


def describe(controls: Any, names: tuple[str, ...]) -> str:
    """Some controls in words, for captions: "layer 3, fusion mean"."""
    named = {control.name: control for control in controls_of(type(controls))}
    return ", ".join(
        f"{named[name].label[0].lower()}{named[name].label[1:]} {as_text(getattr(controls, name))}"
        + (f" {named[name].unit}" if named[name].unit else "")
        for name in names
    )
