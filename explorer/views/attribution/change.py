"""The tab *Intervene on attention*: what the model predicts when its attention is overridden."""

from functools import partial

import numpy as np

from explorer.analysis.answer_change import answer_change
from explorer.errors import UnsupportedModel
from explorer.figures.attribution import hidden_figure
from explorer.geometry import Cell
from explorer.tap import Change, intervene
from explorer.views.attribution.controls import Controls
from explorer.views.attribution.subject import Subject, subject, subject_title
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.values import picked

CHANGED = (
    "picture", "model", "trained", "target", "heads", "hide", "override", "override_layer", "row", "column",
)  # fmt: skip
change_tab = partial(panel, tab="change", uses=CHANGED)


def _hidden(controls: Controls, selected: Subject) -> list[Cell]:
    """The square of patches around the selected place, as far as it lies on the picture."""
    grid, side = selected.grid, controls.hide
    top, left = controls.row - 1 - (side - 1) // 2, controls.column - 1 - (side - 1) // 2
    return [
        Cell(row, column)
        for row in range(max(0, top), min(grid.rows, top + side))
        for column in range(max(0, left), min(grid.columns, left + side))
    ]


def _changes(controls: Controls, selected: Subject) -> dict[int, Change]:
    """What is done to each layer."""
    layout = selected.model.tokens
    if layout is None:
        raise UnsupportedModel(
            f"{selected.model.entry.title} has no attention to change",
            do="choose a vision transformer; *Inductive bias of convolution* changes the picture instead",
        )
    zeroed = [tuple(map(int, name.split("."))) for name in picked(controls.heads)]
    tokens = tuple(layout.index(cell) for cell in _hidden(controls, selected))
    patch = layout.index(Cell(controls.row - 1, controls.column - 1))
    override = {"uniform": "uniform", "self": "self", "patch": patch}.get(controls.override, "")
    changes = {}
    for layer in range(len(selected.model.attention_names)):
        here = controls.override_layer in ("all", str(layer + 1))
        change = Change(
            heads=tuple(head - 1 for at, head in zeroed if at == layer + 1),
            tokens=tokens,
            override=override if here else "",  # type: ignore[arg-type]
        )
        if not change.nothing:
            changes[layer] = change
    return changes


def _change_title(controls: Controls, selected: Subject) -> str:
    done = []
    if controls.heads:
        done.append(f"heads {controls.heads.replace(',', ', ')} set to zero")
    if count := len(_hidden(controls, selected)):
        done.append(
            f"{count} patches around row {controls.row}, column {controls.column} hidden from every layer"
        )
    if controls.override != "off":
        where = "all layers" if controls.override_layer == "all" else f"layer {controls.override_layer}"
        done.append(f"attention of {where} overridden: {controls.override}")
    return ", ".join(done) or "nothing changed"


@change_tab("changed", "Hidden patches", click=("row", "column"), subject=())
def changed_panel(controls: Controls, scope: Scope) -> Drawing:
    selected = subject(controls, scope)
    hidden, title = _hidden(controls, selected), _change_title(controls, selected)
    chosen = Cell(controls.row - 1, controls.column - 1)
    mask = np.zeros((selected.grid.rows, selected.grid.columns), bool)
    for cell in hidden:
        mask[cell.row, cell.column] = True
    return draw(
        None,
        f"{title[0].upper()}{title[1:]}.",
        figure=hidden_figure(
            scope.picture.pixels, selected.frame, selected.grid, hidden=hidden, chosen=chosen
        ),
        arrays={"hidden": (mask, "")},
        alt=f"The picture with the selected patch outlined; {title}.",
    )


@change_tab("answers", "Prediction before and after", subject=subject_title)
def answers_panel(controls: Controls, scope: Scope) -> Drawing:
    selected = subject(controls, scope)
    changes = _changes(controls, selected)
    after = intervene(selected.model, selected.x, changes)[0].double().cpu().numpy()
    caption = f"Classes of highest probability before and after: {_change_title(controls, selected)}."
    return draw(answer_change(selected.logits, after, selected.model.classes), caption)
