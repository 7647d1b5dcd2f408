"""The lens of a view: its files, and its state and the view's controls, each from the other.

The lens counts from 0, controls from 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from explorer.errors import ControlError
from explorer.geometry import Cell, TokenLayout

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = [
    "MODES",
    "VIT",
    "File",
    "Lens",
    "When",
    "controls_from",
    "file_name",
    "second_of",
    "state_of",
]

MODES = {"attention": "attention", "attended by": "attended", "rollout": "rollout"}
"""The lens's word for each choice of the control *Map*; the tab *Rollout* begins with the last."""


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
class Lens:
    """What a page needs to know to have a lens."""

    view: str
    """What the browser opens: one of VIEWS in frontend/src/views.ts."""
    files: Callable[[Any, Scope], Sequence[File]]
    """In the order that it expects, those it needs at once first."""
    state: Callable[[Any, Scope], dict[str, Any]]
    """What it shows for these controls."""
    controls: Callable[[Mapping[str, Any], Any, Scope], dict[str, Any]]
    """The controls' values for what it shows."""
    fixed: Callable[[Any, Scope], dict[str, Any]] = lambda controls, scope: {}
    """What it is told beside the files, and never changes itself."""
    shows: Callable[[Any, Scope], bool] = lambda controls, scope: True
    """Whether it can show what these controls ask for; else the panel's figure is drawn."""

    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Its own words for controls whose help it shows: the control by the label."""

    def sets(self, controls: Any, scope: Scope) -> frozenset[str]:
        """The controls that it sets itself, so that the page need not have them a second time."""
        return frozenset(self.controls(self.state(controls, scope), controls, scope))


def file_name(*what: object) -> str:
    """A short name for a file that is made of this."""
    return hashlib.sha256(repr(what).encode()).hexdigest()[:32]


def _vit_files(controls: Any, scope: Scope) -> tuple[File, ...]:
    from explorer.frontend.pack import LARGEST, bytes_of, pack, pack_rollout, pack_rows, pack_without

    look = scope.look("model", controls.fit)
    seen, model = look.observation, look.model
    what = (model.entry.name, model.checkpoint, scope.device, look.picture.digest, controls.fit)
    name = file_name("attention", *what)
    options: Any = {"frame": look.frame, "title": model.entry.title, "name": name}
    if bytes_of(seen) <= LARGEST:
        return (File(name, lambda: pack(seen, look.picture, **options)),)
    state = state_of(controls, scope.layout())
    tokens = tuple(state["pins"] or [state["token"]])
    without = File(name, lambda: pack_without(seen, look.picture, **options))
    if state["mode"] != "rollout":
        rows = file_name("rows", tokens, *what)
        return without, File(rows, lambda: pack_rows(seen, tokens, name=rows), "later")
    how = {each: state[each] for each in ("fusion", "discard", "residual", "start")}
    rolled = file_name("rollout", tokens, how, *what)
    return without, File(rolled, lambda: pack_rollout(seen, tokens, **how, name=rolled), "later")


def state_of(controls: Any, tokens: TokenLayout) -> dict[str, Any]:
    """What the lens is to show for these controls."""
    fused = not controls.head.isdecimal()
    rollout = "rollout" in (controls.tab, controls.map)
    pins = []
    if controls.token == "patch":
        pins.append(tokens.index(Cell(controls.row - 1, controls.column - 1)))
        if controls.second:
            pins.append(tokens.index(second_of(controls)))
    return {
        "mode": "rollout" if rollout else MODES[controls.map],
        "layer": controls.layer - 1,
        "head": -1 if fused else int(controls.head) - 1,
        "fusion": controls.head if fused and not rollout else controls.fusion,
        "discard": controls.discard,
        "residual": controls.residual,
        "start": controls.start - 1,
        "stop": controls.depth - 1,
        "log": controls.log,
        "pins": pins,
        **({} if pins else {"token": tokens.index(controls.token)}),
    }


def controls_from(state: Mapping[str, Any], controls: Any, tokens: TokenLayout) -> dict[str, Any]:
    """The values that the lens's state gives to the controls.

    Raises:
        ControlError: it is no state of a lens of this model.
    """
    try:
        words = {lens: word for word, lens in MODES.items()}
        stays = controls.tab == "rollout" and state["mode"] == "rollout"
        values: dict[str, Any] = {
            "tab": "rollout" if stays else "attention",
            "map": controls.map if stays else words[state["mode"]],
            "layer": int(state["layer"]) + 1,
            "head": state["fusion"] if state["head"] < 0 else str(int(state["head"]) + 1),
            "fusion": state["fusion"],
            "discard": float(state["discard"]),
            "residual": float(state["residual"]),
            "start": int(state["start"]) + 1,
            "depth": int(state["stop"]) + 1,
            "log": bool(state["log"]),
            "second": "",
        }
        pins = [tokens.grid.cell(int(pin) - tokens.prefix) for pin in state["pins"]]
        if pins:
            values |= {"token": "patch", "row": pins[0].row + 1, "column": pins[0].column + 1}
        elif int(state["token"]) < tokens.prefix:
            values["token"] = tokens.prefix_names[int(state["token"])]
        if len(pins) > 1:
            values["second"] = f"{pins[1].row + 1},{pins[1].column + 1}"
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ControlError("The lens sent what it cannot show") from error
    return values


def second_of(controls: Any) -> Cell:
    """The second pinned patch.

    Raises:
        ControlError: it is written otherwise than as row and column.
    """
    try:
        row, column = (int(part) - 1 for part in controls.second.split(","))
    except ValueError as error:
        raise ControlError(
            f"The second patch cannot be {controls.second!r}", do="write its row and column, as 3,5"
        ) from error
    return Cell(row, column)


VIT = Lens(
    "lens",
    _vit_files,
    lambda controls, scope: state_of(controls, scope.layout()),
    lambda state, controls, scope: controls_from(state, controls, scope.layout()),
    labels={
        "Query": "token", "Fusion": "fusion", "Log scale": "log", "Residual weight": "residual", "Discard ratio": "discard",
        "Last layer": "depth",
    },
)  # fmt: skip
