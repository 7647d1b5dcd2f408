"""The lens of the tabs *Attention* and *Rollout*."""

from collections.abc import Mapping
from typing import Any

from explorer.errors import ControlError
from explorer.geometry import Cell
from explorer.views.lens import File, Lens, counted, file_name, plain
from explorer.views.scope import Scope
from explorer.views.vision_transformer.controls import MODES

__all__ = ["VIT", "second_of"]


def _files(controls: Any, scope: Scope) -> tuple[File, ...]:
    from explorer.frontend.pack import LARGEST, bytes_of, pack, pack_rollout, pack_rows, pack_without

    look = scope.look("model", controls.fit)
    seen, model = look.observation, look.model
    what = (model.entry.name, model.checkpoint, scope.device, look.picture.digest, controls.fit)
    name = file_name("attention", *what)
    options: Any = {"frame": look.frame, "title": model.entry.title, "name": name}
    if bytes_of(seen) <= LARGEST:
        return (File(name, lambda: pack(seen, look.picture, **options)),)
    state = VIT.state(controls, scope)
    tokens = tuple(state["pins"] or [state["token"]])
    without = File(name, lambda: pack_without(seen, look.picture, **options))
    if state["mode"] != "rollout":
        rows = file_name("rows", tokens, *what)
        return without, File(rows, lambda: pack_rows(seen, tokens, name=rows), "later")
    how = {each: state[each] for each in ("fusion", "discard", "residual", "start")}
    rolled = file_name("rollout", tokens, how, *what)
    return without, File(rolled, lambda: pack_rollout(seen, tokens, **how, name=rolled), "later")


def _state(controls: Any, scope: Scope) -> dict[str, Any]:
    fused, tokens = not controls.head.isdecimal(), scope.layout()
    rollout = "rollout" in (controls.tab, controls.map)
    pins = []
    if controls.token == "patch":
        pins.append(tokens.index(Cell(controls.row - 1, controls.column - 1)))
        if controls.second:
            pins.append(tokens.index(second_of(controls)))
    return {
        "mode": "rollout" if rollout else MODES[controls.map],
        "head": -1 if fused else int(controls.head) - 1,
        "fusion": controls.head if fused and not rollout else controls.fusion,
        "pins": pins,
        **({} if pins else {"token": tokens.index(controls.token)}),
    }


def _controls(state: Mapping[str, Any], controls: Any, scope: Scope) -> dict[str, Any]:
    words, tokens = {lens: word for word, lens in MODES.items()}, scope.layout()
    stays = controls.tab == "rollout" and state["mode"] == "rollout"
    values: dict[str, Any] = {
        "tab": "rollout" if stays else "attention",
        "map": controls.map if stays else words[state["mode"]],
        "head": state["fusion"] if state["head"] < 0 else str(int(state["head"]) + 1),
        "fusion": state["fusion"],
        "second": "",
    }
    pins = [tokens.grid.cell(int(pin) - tokens.prefix) for pin in state["pins"]]
    if pins:
        values |= {"token": "patch", "row": pins[0].row + 1, "column": pins[0].column + 1}
    elif int(state["token"]) < tokens.prefix:
        values["token"] = tokens.prefix_names[int(state["token"])]
    if len(pins) > 1:
        values["second"] = f"{pins[1].row + 1},{pins[1].column + 1}"
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
    _files,
    {
        "layer": counted("layer"),
        "start": counted("start"),
        "stop": counted("depth"),
        "discard": plain("discard", float),
        "residual": plain("residual", float),
        "log": plain("log", bool),
    },
    _state,
    _controls,
    labels={
        "Query": "token", "Fusion": "fusion", "Log scale": "log", "Residual weight": "residual", "Discard ratio": "discard",
        "Last layer": "depth",
    },
)  # fmt: skip
