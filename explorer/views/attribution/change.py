"""The part *Intervene on attention*: what the model answers when its attention is interfered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import UnsupportedModel
from explorer.export.drawing import Drawing
from explorer.geometry import Cell
from explorer.views.attribution.controls import Controls, Subject, subject
from explorer.views.attribution.maps import said

if TYPE_CHECKING:
    from explorer.tap import Change
    from explorer.views.scope import Scope

__all__ = ["draw_answers", "draw_changed"]


def _hidden(controls: Controls, found: Subject) -> list[Cell]:
    """The square of patches around the chosen place, as far as it lies on the picture."""
    grid, side = found.grid, controls.hide
    top, left = controls.row - 1 - (side - 1) // 2, controls.column - 1 - (side - 1) // 2
    return [
        Cell(row, column)
        for row in range(max(0, top), min(grid.rows, top + side))
        for column in range(max(0, left), min(grid.columns, left + side))
    ]


def _changes(controls: Controls, found: Subject) -> dict[int, Change]:
    """What is done to each layer."""
    from explorer.tap import Change

    layout = found.model.tokens
    if layout is None:
        raise UnsupportedModel(
            f"{found.model.entry.title} has no attention to change",
            do="choose a vision transformer; *Inductive bias of convolution* changes the picture instead",
        )
    silenced = [tuple(map(int, each.split("."))) for each in controls.heads.split(",") if each]
    tokens = tuple(layout.index(cell) for cell in _hidden(controls, found))
    place = layout.index(Cell(controls.row - 1, controls.column - 1))
    override = {"even": "uniform", "on itself": "self", "on the patch": place}.get(controls.clamp, "")
    changes = {}
    for layer in range(len(found.model.attention_names)):
        here = controls.clamped in ("all", str(layer + 1))
        change = Change(
            heads=tuple(head - 1 for at, head in silenced if at == layer + 1),
            tokens=tokens,
            override=override if here else "",  # type: ignore[arg-type]
        )
        if not change.nothing:
            changes[layer] = change
    return changes


def _words(controls: Controls, found: Subject) -> str:
    done = []
    if controls.heads:
        done.append(f"heads {controls.heads.replace(',', ', ')} silenced")
    if count := len(_hidden(controls, found)):
        done.append(
            f"{count} patches around row {controls.row}, column {controls.column} hidden from every layer"
        )
    if controls.clamp != "not":
        where = "all layers" if controls.clamped == "all" else f"layer {controls.clamped}"
        done.append(f"attention of {where} held {controls.clamp}")
    return ", ".join(done) or "nothing changed"


def draw_changed(controls: Controls, scope: Scope) -> Drawing:
    """The photograph with what is hidden."""
    from explorer.figures.overlay import add_box, add_click_layer, cell_box
    from explorer.figures.photo import photo_figure

    found = subject(controls, scope)
    hidden = _hidden(controls, found)
    figure = photo_figure(scope.picture.pixels, found.frame, height=400)
    for cell in hidden:
        box = cell_box(cell, found.grid, found.frame)
        figure.add_shape(
            type="rect",
            x0=box.left,
            x1=box.right,
            y0=box.top,
            y1=box.bottom,
            line_width=0,
            fillcolor="#7f828a",
        )
    place = Cell(controls.row - 1, controls.column - 1)
    add_box(figure, cell_box(place, found.grid, found.frame))
    add_click_layer(figure, found.grid, found.frame)
    mask = np.zeros((found.grid.rows, found.grid.columns), bool)
    for cell in hidden:
        mask[cell.row, cell.column] = True
    return Drawing(
        figure=figure,
        data={"hidden": mask},
        units={},
        caption=f"“{scope.picture.name}”: {_words(controls, found)}.",
        alt=f"The photograph; {_words(controls, found)}.",
    )


def draw_answers(controls: Controls, scope: Scope) -> Drawing:
    """The likeliest classes before and after."""
    import torch

    from explorer.analysis.answer_change import answer_change
    from explorer.tap import intervene

    found = subject(controls, scope)
    changes = _changes(controls, found)
    x = found.model.prepare(found.shown)
    with torch.inference_mode():
        before = found.model.module(x)[0].double().cpu().numpy()
    after = intervene(found.model, x, changes)[0].double().cpu().numpy()
    result = answer_change(before, after, found.model.classes)
    return Drawing(
        figure=result.figure(),
        data={"class": np.array(result.names), "before": result.before, "after": result.after},
        units={"before": "1", "after": "1"},
        caption=f"The likeliest classes before and after: {_words(controls, found)}. {said(controls, found, scope)}.",
        alt=f"Pairs of bars; the longest is {result.first[0]} before and {result.first[1]} after.",
        numbers={
            "before": (result.first[0], ""),
            "after": (result.first[1], ""),
            "probability moved": (f"{result.moved:.1%}", ""),
        },
    )
