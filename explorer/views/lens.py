"""The lens of a view: its files, and its state and the view's controls, each from the other.

The lens counts from 0, controls from 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from explorer.errors import ControlError

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["File", "Lens", "Value", "When", "counted", "file_name", "head", "plain"]

When = Literal["now", "later", "background"]


@dataclass(frozen=True)
class File:
    """What is sent to the browser once."""

    name: str
    """Says what it is made of, so that it is known before it is made."""
    make: Callable[..., bytes]
    when: When = "now"
    """Before the lens opens; when the rest of the page is there; or made in the background, one after the other. What
    makes that last kind is given what it calls now and then, which ends it once nobody waits."""


@dataclass(frozen=True)
class Value:
    """One value of the lens's state, which is a control's."""

    control: str
    to_lens: Callable[[Any], Any]
    to_control: Callable[[Any], Any]


def plain(control: str, kind: type) -> Value:
    """The same in both."""
    return Value(control, kind, kind)


def counted(control: str) -> Value:
    """A number that the lens counts from 0."""
    return Value(control, lambda at: at - 1, lambda at: int(at) + 1)


def head(control: str) -> Value:
    """A head, or −1 for the mean of all."""
    return Value(
        control,
        lambda head: int(head) - 1 if head.isdecimal() else -1,
        lambda at: "mean" if int(at) < 0 else str(int(at) + 1),
    )


@dataclass(frozen=True)
class Lens:
    """What a page needs to know to have a lens."""

    view: str
    """What the browser opens: one of VIEWS in frontend/src/views.ts."""
    files: Callable[[Any, Scope], Sequence[File]]
    """In the order that it expects, those it needs at once first."""
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """What of its state is a control's value, by its own name."""
    more_state: Callable[[Any, Scope], dict[str, Any]] = lambda controls, scope: {}
    """The rest of what it shows for these controls."""
    more_controls: Callable[[Mapping[str, Any], Any, Scope], dict[str, Any]] = lambda state, controls, scope: {}
    """The other controls' values for what it shows; any error where it is no state of such a lens."""
    fixed: Callable[[Any, Scope], dict[str, Any]] = lambda controls, scope: {}
    """What it is told beside the files, and never changes itself."""
    shows: Callable[[Any, Scope], bool] = lambda controls, scope: True
    """Whether it can show what these controls ask for; else the panel's figure is drawn."""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Its own words for controls whose help it shows: the control by the label."""

    def state(self, controls: Any, scope: Scope) -> dict[str, Any]:
        """What it shows for these controls."""
        values = {
            name: value.to_lens(getattr(controls, value.control)) for name, value in self.values.items()
        }
        return {**values, **self.more_state(controls, scope)}

    def controls(self, state: Mapping[str, Any], controls: Any, scope: Scope) -> dict[str, Any]:
        """The controls' values for what it shows.

        Raises:
            ControlError: it is no state of such a lens.
        """
        try:
            values = {value.control: value.to_control(state[name]) for name, value in self.values.items()}
            return {**values, **self.more_controls(state, controls, scope)}
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise ControlError("The lens sent what it cannot show") from error

    def sets(self, controls: Any, scope: Scope) -> frozenset[str]:
        """The controls that it sets itself, so that the page need not have them a second time."""
        return frozenset(self.controls(self.state(controls, scope), controls, scope))


def file_name(*what: object) -> str:
    """A short name for a file that is made of this."""
    return hashlib.sha256(repr(what).encode()).hexdigest()[:32]
