"""Pictures in pieces, and what each model says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.geometry import Cell, Frame, Grid
from explorer.images import GREY, render
from explorer.views.convolution_bias.controls import CELLS, Controls

if TYPE_CHECKING:
    from explorer.views.scope import Scope
    from explorer.zoo import Model

__all__ = ["draw_answers", "draw_changed", "hybrid", "other_models"]

DRAWN = 448
"""Pixels a side of the picture that is drawn."""


def hybrid(scope: Scope) -> Model | None:
    """The hybrid that ships, once it does."""
    from explorer import zoo
    from explorer.zoo.cards import card_names

    if "hybrid" not in card_names():
        return None
    return zoo.load("hybrid", trained=scope.trained, device=scope.device)


def other_models(controls: Controls, scope: Scope) -> dict[str, str]:
    """The hybrid's weights: no control names it."""
    model = hybrid(scope)
    return {} if model is None else {"hybrid": model.checkpoint}


def _changed(part: str, pixels: np.ndarray, controls: Controls) -> np.ndarray:
    """Pixels (height x width x 3, uint8) as the part changes them."""
    import torch

    from explorer.data.tiles import occluded, scrambled, swapped

    x = torch.tensor(pixels).permute(2, 0, 1)[None]
    if part == "scramble":
        x = scrambled(x, controls.tiles, seed=controls.seed)
    elif part == "occlude":
        x = occluded(x, controls.tiles, controls.share, fill=torch.tensor(GREY), seed=controls.seed)
    else:
        first = Cell(controls.first_row - 1, controls.first_column - 1)
        second = Cell(controls.second_row - 1, controls.second_column - 1)
        x = swapped(x, first, second, grid=CELLS, side=controls.side)
    return x[0].permute(1, 2, 0).numpy()


def _said(part: str, controls: Controls) -> str:
    if part == "scramble":
        return f"cut into {controls.tiles} × {controls.tiles} tiles, order {controls.seed}"
    if part == "occlude":
        return (
            f"{controls.share:.0%} of {controls.tiles} × {controls.tiles} tiles blank, order {controls.seed}"
        )
    return (
        f"{controls.side} × {controls.side} cells of an {CELLS} × {CELLS} grid from row {controls.first_row}, column "
        f"{controls.first_column} swapped with those from row {controls.second_row}, column {controls.second_column}"
    )


def draw_changed(part: str, controls: Controls, scope: Scope) -> Drawing:
    """The picture as it was changed."""
    from explorer.figures.overlay import add_box, add_click_layer
    from explorer.figures.photo import photo_figure

    picture = scope.picture
    pixels = render(picture, Frame.fit((picture.height, picture.width), (DRAWN, DRAWN)))
    pixels = _changed(part, pixels, controls)
    frame = Frame.fit((DRAWN, DRAWN), (DRAWN, DRAWN), how="squash")
    figure = photo_figure(pixels, frame, height=400)
    if part == "swap":
        grid = Grid(CELLS, CELLS, DRAWN, DRAWN)
        for label, row, column in (
            ("first", controls.first_row, controls.first_column),
            ("second", controls.second_row, controls.second_column),
        ):
            top, left = (min(at - 1, CELLS - controls.side) for at in (row, column))
            box = grid.box_of(Cell(top, left))
            corner = grid.box_of(Cell(top + controls.side - 1, left + controls.side - 1))
            add_box(figure, type(box)(box.top, box.left, corner.bottom, corner.right), label=label)
        add_click_layer(figure, grid, frame)
    return Drawing(
        figure=figure,
        data={"picture": pixels},
        units={"picture": "0 to 255"},
        caption=f"“{picture.name}”, {_said(part, controls)}.",
        alt=f"The photograph, {_said(part, controls)}.",
    )


def draw_answers(part: str, controls: Controls, scope: Scope) -> Drawing:
    """Each model's answer before and after."""
    from explorer.analysis.prediction import prediction
    from explorer.figures.answers import answers_figure

    models = {"CNN": scope.model("cnn"), "ViT": scope.model("vit")}
    if (third := hybrid(scope)) is not None:
        models["hybrid"] = third
    first, before, after, now, sure = [], [], [], [], []
    for model in models.values():
        pixels = render(scope.picture, model.frame(scope.picture))
        said = prediction(_logits(model, pixels), model.classes)
        logits = _logits(model, _changed(part, pixels, controls))
        then = prediction(logits, model.classes)
        first.append(said.classes[0].split(",")[0])
        before.append(float(said.probabilities[0]))
        after.append(float(logits[0].double().softmax(-1)[int(said.indices[0])]))
        now.append(then.classes[0].split(",")[0])
        sure.append(float(then.probabilities[0]))
    notes = [
        f"still says {new}" if new == old else f"now says {new}, {share:.0%}"
        for old, new, share in zip(first, now, sure, strict=True)
    ]
    return Drawing(
        figure=answers_figure(list(models), first, before, after, notes),
        data={
            "model": np.array(list(models)),
            "says_first": np.array(first),
            "probability_before": np.array(before),
            "probability_after": np.array(after),
            "says_now": np.array(now),
            "probability_of_that": np.array(sure),
        },
        units=dict.fromkeys(("probability_before", "probability_after", "probability_of_that"), "1"),
        caption=f"Probability of what each model says of “{scope.picture.name}” as it is (pale), and of the same class "
        f"once it is {_said(part, controls)} (strong)" + ("." if controls.trained else "; random weights."),
        alt=f"Two bars for each of {', '.join(models)}: the probability of its first answer before and after.",
        numbers={
            "answers that stay": (f"{sum(a == b for a, b in zip(first, now, strict=True))} of {len(now)}", "")
        },
    )


def _logits(model: Model, pixels: np.ndarray):  # type: ignore[no-untyped-def]
    import torch

    with torch.inference_mode():
        return model.module(model.prepare(pixels))
