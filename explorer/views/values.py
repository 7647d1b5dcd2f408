"""What a control may be: its bounds and choices for a picture and models that are known, and values as text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import ControlError

if TYPE_CHECKING:
    from explorer.views.controls import Control

__all__ = ["Resolved", "Value", "as_text", "picked"]

Value = int | float | bool | str


@dataclass(frozen=True)
class Resolved:
    """A control whose bounds, choices and default are known."""

    control: Control
    default: Value
    low: float | None
    high: float | None
    choices: tuple[str, ...]

    def checked(self, value: Value) -> Value:
        """The value in the control's own type, or a ControlError that says what it may be."""
        kind = self.control.kind
        try:
            if kind == "switch":
                return _as_switch(value)
            if kind in ("whole", "real"):
                return self._as_number(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise self._refusal(value) from error
        word = str(value)
        if kind == "several":
            names = picked(word)
            if not set(names) <= set(self.choices):
                raise self._refusal(value)
            return ",".join(name for name in self.choices if name in names)
        if kind == "choice" and word not in self.choices:
            raise self._refusal(value)
        if len(word) > self.control.longest or not word.isprintable():
            raise ControlError(
                f"{self.control.label} is too long or not plain text",
                why=f"at most {self.control.longest} printable characters are taken",
            )
        return word

    def _as_number(self, value: Value) -> Value:
        number = float(value)
        if self.control.kind == "whole" and number != int(number):
            raise ValueError(value)
        if not math.isfinite(number):
            raise ValueError(value)
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise ValueError(value)
        return int(number) if self.control.kind == "whole" else number

    def _refusal(self, value: Value) -> ControlError:
        shown = repr(value) if len(repr(value)) <= 40 else repr(value)[:37] + "…"
        if self.control.kind in ("whole", "real"):
            takes = f"a number from {self.low:g} to {self.high:g} {self.control.unit}".strip()
        elif self.control.kind == "switch":
            takes = "on or off"
        else:
            takes = ", ".join(self.choices[:12]) + (" …" if len(self.choices) > 12 else "")
            takes = takes or "nothing now"
        return ControlError(f"{self.control.label} cannot be {shown}", why=f"it takes {takes}")


def _as_switch(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    words = {"on": True, "off": False, "1": True, "0": False, "true": True, "false": False}
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]


def as_text(value: Value) -> str:
    """A value as the page's address and the command line write it; `checked` reads it back."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def picked(value: str) -> list[str]:
    """The words of a value of `several`."""
    return [word.strip() for word in value.split(",") if word.strip()]
