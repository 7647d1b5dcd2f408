"""The part *Looking back*: what the answer depends on, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.long_range.controls import Controls
from explorer.views.long_range.models import of_seed, shown, title_of

if TYPE_CHECKING:
    from explorer.analysis.long_range import InputGradient
    from explorer.data.recall_task import Recall
    from explorer.views.scope import Scope

__all__ = ["asked_sequence", "draw_gradients", "draw_reach"]


def asked_sequence(controls: Controls) -> Recall:
    """The visitor's own, or the one sampled.

    Raises:
        ControlError: it is no sequence of the task, or the distance does not fit.
    """
    import torch

    from explorer.data.recall_task import read_sequence, recall_sequences

    if controls.sequence:
        return read_sequence(controls.sequence)
    generator = torch.Generator().manual_seed(controls.sample)
    return recall_sequences(1, controls.distance, length=controls.places, generator=generator)


def _gradients(controls: Controls, scope: Scope) -> tuple[Recall, list[InputGradient]]:
    from explorer.analysis.long_range import input_gradient

    asked, found = asked_sequence(controls), []
    for kind in shown(controls):
        model = of_seed(kind, controls.seed, controls, scope)
        found.append(
            input_gradient(
                model.module,  # type: ignore[arg-type]
                asked.numbers[0].to(model.device),
                answer=int(asked.answers[0]),
                distance=int(asked.distances[0]),
                title=title_of(kind),
            )
        )
    return asked, found


def _said(controls: Controls, asked: Recall) -> str:
    own = "a sequence of one's own" if controls.sequence else f"sample {controls.sample}"
    weights = f"training {controls.seed}" if controls.trained else f"random weights of seed {controls.seed}"
    return f"{own} of {asked.numbers.shape[1]} places, distance {int(asked.distances[0])}, {weights}"


def draw_gradients(controls: Controls, scope: Scope) -> Drawing:
    """The gradient of the answer's logit with respect to every place, all models."""
    from explorer.data.recall_task import spoken
    from explorer.figures.long_range import gradients_figure

    asked, found = _gradients(controls, scope)
    letters = spoken(asked.numbers[0])
    answer = spoken(asked.answers)
    places = len(letters)
    lost = [each.title for each in found if each.guess == each.answer and each.at_answer < each.precision]
    numbers: dict[str, tuple[float | int | str, str]] = {"to be recalled": (answer, "")}
    if lost:
        numbers["right, though the gradient there is under machine precision"] = (", ".join(lost), "")
    return Drawing(
        figure=gradients_figure(found, letters=letters),
        data={
            "model": np.repeat([each.title for each in found], places),
            "steps_before_the_end": np.tile(np.arange(places)[::-1], len(found)),
            "symbol": np.tile(np.array(list(letters)), len(found)),
            "gradient": np.concatenate([each.length for each in found]),
            "under_machine_precision": np.concatenate([each.length < each.precision for each in found]),
        },
        units={"steps_before_the_end": "steps", "gradient": "logit / input"},
        caption=f"Length of the gradient of the logit of “{answer}” at the last place with respect to every input's "
        f"embedding: {_said(controls, asked)}. Faint, and below the axis: under machine precision, ε times the "
        "model's largest.",
        alt=f"{len(found)} curves on a logarithmic axis against the steps before the end; a dotted line marks the "
        "letter to be recalled.",
        numbers=numbers,
    )


def draw_reach(controls: Controls, scope: Scope) -> Drawing:
    """How far back each model can look, how far its answer is moved, and what it answers."""
    from explorer.data.recall_task import spoken
    from explorer.figures.long_range import reach_figure

    asked, found = _gradients(controls, scope)
    guesses = [spoken(asked.answers.new_tensor([each.guess])) for each in found]
    right = [each.guess == each.answer for each in found]
    notes = [f"says {said} {'✓' if good else '✗'}" for said, good in zip(guesses, right, strict=True)]
    titles = [each.title for each in found]
    return Drawing(
        figure=reach_figure(
            titles,
            [each.reach for each in found],
            [each.felt for each in found],
            notes,
            farthest=len(found[0].length) - 1,
            what="gradient above machine precision",
            distance=found[0].distance,
        ),
        data={
            "model": np.array(titles),
            "theoretical_reach": np.array([each.reach for each in found]),
            "gradient_felt": np.array([each.felt for each in found]),
            "gradient_at_the_letter": np.array([each.at_answer for each in found]),
            "answer": np.array(guesses),
            "right": np.array(right),
        },
        units={
            "theoretical_reach": "steps",
            "gradient_felt": "steps",
            "gradient_at_the_letter": "logit / input",
        },
        caption=f"Pale: as far as the architecture reaches. Strong: as far as its gradient is above machine "
        f"precision. On the right its answer: {_said(controls, asked)}.",
        alt=f"Bars of steps back for {', '.join(titles)}, and whether each answers rightly.",
        numbers={"right": (f"{sum(right)} of {len(right)}", "")},
    )
