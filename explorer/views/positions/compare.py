"""The part *Accuracy*: over all held-out digits and every training; over CIFAR-10 as measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.export.drawing import Drawing
from explorer.memory import Memory
from explorer.views.positions.controls import Controls
from explorer.views.positions.models import trainings
from explorer.views.positions.table import DIGITS, FEWER, SHARES, Question, answer, kept

if TYPE_CHECKING:
    from explorer.views.scope import Scope
    from explorer.zoo.small_models import SmallModel

__all__ = ["draw_right", "draw_shares", "draw_things"]

THINGS, LARGER = "measure positions --data DATA", 48

RIGHT = Memory()


def _shares(controls: Controls, scope: Scope, questions: list[Question]) -> dict[str, np.ndarray]:
    """Right answers of every training to each question: title → seeds x questions."""
    from explorer.models.position_vit import CODES

    found: dict[str, np.ndarray] = {}
    for number, (code, title) in enumerate(CODES.items()):
        models = trainings(code, controls, scope)
        found[title] = np.array([[_right(model, each) for each in questions] for model in models])
        scope.progress((number + 1) / len(CODES))
    return found


def _right(model: SmallModel, question: Question) -> float:
    """One training's share of right answers: as it was counted for what ships, else asked once and remembered."""
    if (share := kept(model.checkpoint, question)) is not None:
        return share
    key = ("right answers", model.name, model.checkpoint, model.device, question)
    return RIGHT.get(key, lambda: answer(model, question))


def _said(found: dict[str, np.ndarray], digits: int) -> str:
    seeds = min(len(each) for each in found.values())
    return f"{digits} held-out digits, {seeds} training{'s' if seeds > 1 else ''} of each"


def draw_right(controls: Controls, scope: Scope) -> Drawing:
    questions = [Question(DIGITS), Question(DIGITS, coded=False), Question(DIGITS, side=controls.side)]
    found = _shares(controls, scope, questions)
    seeds = min(len(each) for each in found.values())
    table = {
        title: [(shares.mean(), shares.min(), shares.max()) for shares in each[:seeds].T]
        for title, each in found.items()
    }
    return _spread(
        table,
        side=controls.side,
        caption=f"Share of right answers as trained, with no positions told, and with pictures resized to "
        f"{controls.side} × {controls.side} and the positions interpolated: {_said(found, DIGITS)}. The line goes from the "
        "lowest training to the highest.",
    )


def draw_things(controls: Controls, scope: Scope) -> Drawing:
    """The same of networks that learnt CIFAR-10, whose pictures do not ship, as it was measured.

    Raises:
        WeightsNotFound: it has not been measured.
    """
    from explorer.zoo.measured import result

    measured = result(THINGS)
    table = {
        title: [each["right"], each["without its code"], each[f"at {LARGER} x {LARGER}"]]
        for title, each in measured["values"].items()
    }
    return _spread(
        table,
        side=LARGER,
        caption="Share of right answers on CIFAR-10 of networks that learnt it in 8 × 8 patches of 4 × 4 pixels: as "
        f"trained, with no positions told, and with pictures resized to {LARGER} × {LARGER} and the positions interpolated; "
        f"{measured['data']}, three trainings of each. Measured by `explorer {THINGS}`.",
    )


def _spread(table: dict[str, list[Any]], *, side: int, caption: str) -> Drawing:
    """Mean, lowest and highest of each code's trainings: as trained, told nothing, resized to that side."""
    from explorer.figures.positions import spread_figure

    values = np.array(list(table.values()), float)  # codes, asked, mean and range
    names = ("as trained", "told nothing", f"{side} × {side} pixels")
    return Drawing(
        figure=spread_figure(list(table), {name: values[:, at] for at, name in enumerate(names)}),
        data={
            "positions": np.array(list(table)),
            **{
                f"{name}_{how}": values[:, at, which]
                for at, name in enumerate(("as_trained", "told_nothing", "resized"))
                for which, how in enumerate(("mean", "min", "max"))
            },
        },
        units=dict.fromkeys(("as_trained_mean", "told_nothing_mean", "resized_mean"), "1"),
        caption=caption,
        alt="Three bars for each way of telling positions.",
        numbers={title: (f"{each[0]:.1%}", "") for title, each in zip(table, values[:, 0], strict=True)},
    )


def draw_shares(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.positions import share_figure

    questions = [Question(FEWER, share=share, shuffle=controls.shuffle if share else 0) for share in SHARES]
    found = _shares(controls, scope, questions)
    return Drawing(
        figure=share_figure(np.array(SHARES), found),
        data={
            "positions": np.repeat(list(found), len(SHARES)),
            "share_shuffled": np.tile(SHARES, len(found)),
            "right_mean": np.concatenate([each.mean(0) for each in found.values()]),
            "right_lowest": np.concatenate([each.min(0) for each in found.values()]),
            "right_highest": np.concatenate([each.max(0) for each in found.values()]),
        },
        units={"share_shuffled": "1", "right_mean": "1"},
        caption=f"Right answers when a share of the 64 patches is shuffled: {_said(found, FEWER)}; the curve is their mean.",
        alt="Curves that fall as more is shuffled; without positions the curve is level.",
    )
