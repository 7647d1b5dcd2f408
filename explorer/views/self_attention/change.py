"""The part *Intervene on attention*: what the model answers, and which tokens move, when a layer is computed otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.self_attention.controls import Controls
from explorer.views.self_attention.subject import attention_of, on_words, said, subject

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["draw_answer", "draw_moved"]


def draw_answer(controls: Controls, scope: Scope) -> Drawing:
    """The likeliest words or classes before and after."""
    from explorer.analysis.answer_change import answer_change

    found, attention = subject(controls, scope), attention_of(controls, scope)
    before, after = attention.prediction, attention.prediction_changed
    assert before is not None
    assert after is not None
    where = "of the picture"
    if on_words(controls):
        place = controls.query - 1 if found.gap is None else found.gap
        before, after = before[place], after[place]
        where = f"at “{found.names[place]}”, place {place + 1}"
    answers = answer_change(before, after, found.answers)
    return Drawing(
        figure=answers.figure(),
        data={"answer": np.array(answers.names), "before": answers.before, "after": answers.after},
        units={"before": "1", "after": "1"},
        caption=f"The likeliest {'words' if on_words(controls) else 'classes'} {where}, before and after the change: "
        f"{said(controls, found, 'layer')}.",
        alt=f"Pairs of bars; the longest is {answers.first[0]} before and {answers.first[1]} after.",
        numbers={
            "before": (answers.first[0], ""),
            "after": (answers.first[1], ""),
            "probability moved": (f"{answers.moved:.2%}", ""),
        },
    )


def draw_moved(controls: Controls, scope: Scope) -> Drawing:
    """How far each token's output of the layer is moved."""
    from explorer.figures.self_attention import moved_figure

    found, attention = subject(controls, scope), attention_of(controls, scope)
    moved = attention.moved
    return Drawing(
        figure=moved_figure(attention, names=found.names),
        data={"moved": moved},
        units={"moved": "share of its length"},
        caption=f"How far the change moves each token's output of the layer: {said(controls, found, 'layer')}.",
        alt=f"A bar for each of {len(moved)} tokens; the highest, {moved.max():.3g}, is that of "
        f"“{found.names[int(moved.argmax())]}”.",
        numbers={"without a change": ("nothing moves", "")} if attention.change.nothing else {},
    )
