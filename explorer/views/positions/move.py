"""The part *Move the patches*: the same patches at other places, and who notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.positions.controls import Controls
from explorer.views.positions.models import digit_input, of_code

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.views.scope import Scope

__all__ = ["draw_answers", "draw_patches"]


def _order(controls: Controls) -> Tensor:
    from explorer.analysis.positions import shuffled

    return shuffled(64, controls.share, seed=controls.shuffle)


def draw_patches(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.positions import digits_figure
    from explorer.models.position_vit import CODES
    from explorer.tap import observe

    model, module = of_code(controls.code, controls, scope)
    x, label = digit_input(controls.digit, model.device)
    order = _order(controls)
    moved = x.flatten(2)[..., order].view_as(x)  # a patch is one pixel
    query = (controls.row - 1) * 8 + controls.column - 1
    at = int((order == query).nonzero()[0, 0])  # where the query's patch has gone
    maps, answers = [], []
    for shown, place in ((x, query), (moved, at)):
        seen = observe(module, shown)
        weights = seen.call(controls.layer - 1).row(place)[0, controls.head - 1]
        maps.append(weights.reshape(8, 8).cpu().numpy())
        answers.append(int(seen.output.argmax()))
    before, after = ((each[0, 0].cpu().numpy() + 1) * 8 for each in (x, moved))
    carried = maps[0].ravel()[order.numpy()].reshape(8, 8)
    return Drawing(
        figure=digits_figure(before, after, (maps[0], maps[1])),
        data={"before": before, "after": after, "attention_before": maps[0], "attention_after": maps[1]},
        units={"before": "0 to 16", "after": "0 to 16", "attention_before": "1", "attention_after": "1"},
        caption=f"Held-out digit {controls.digit} (a {label}), {controls.share:.0%} of its patches shuffled; attention of "
        f"the patch of row {controls.row}, column {controls.column}, wherever it has gone: layer {controls.layer}, head "
        f"{controls.head}, {CODES[controls.code]}, training {controls.seed}.",
        alt="The digit, the digit with its pixels moved, and one patch's attention over each.",
        numbers={
            "answer before": (str(answers[0]), ""),
            "after": (str(answers[1]), ""),
            "attention moved with the patches up to": (float(np.abs(maps[1] - carried).max()), ""),
        },
    )


def draw_answers(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.positions import moved
    from explorer.figures.positions import answers_figure
    from explorer.models.position_vit import CODES

    found = []
    for code in CODES:
        model, module = of_code(code, controls, scope)
        x, label = digit_input(controls.digit, model.device)
        found.append(moved(module, x, order=_order(controls)))
    before, after = (
        np.array([float(getattr(each, at)[0, label]) for each in found]) for at in ("before", "after")
    )
    titles = list(CODES.values())
    still = [title for title, each in zip(titles, found, strict=True) if each.unchanged]
    return Drawing(
        figure=answers_figure(titles, before, after, what=f"probability of “{label}”"),
        data={
            "positions": np.array(titles),
            "before": before,
            "after": after,
            "largest_change": np.array([each.largest for each in found]),
            "rounding": np.array([each.rounding for each in found]),
        },
        units={"before": "1", "after": "1", "largest_change": "logit", "rounding": "logit"},
        caption=f"Probability of the right answer for held-out digit {controls.digit} before and after "
        f"{controls.share:.0%} of its patches are shuffled, training {controls.seed} of each.",
        alt="Pairs of bars, one pair for each way of telling positions.",
        numbers={
            "changed by no more than rounding": (", ".join(still) or "none of them", ""),
            "largest change of a logit without positions": (float(found[0].largest), ""),
        },
    )
