"""The tab *Shuffled patches*: the same patches at other places, and which predictions change."""

from __future__ import annotations

from functools import partial

import numpy as np

from explorer.analysis.position_results import AttentionMoved, PredictionsMoved
from explorer.analysis.positions import moved, shuffled
from explorer.export.drawing import Drawing
from explorer.formatting import percent
from explorer.models.position_vit import CODES
from explorer.tap import observe
from explorer.views.panel import draw, panel
from explorer.views.positions.controls import Controls
from explorer.views.positions.models import digit_input, of_encoding, training_title, weights_of
from explorer.views.scope import Scope

SHUFFLED = ("seed", "trained", "digit", "share", "shuffle")
move_tab = partial(panel, tab="move")


@move_tab(
    "patches", "The same patches at other places", wide=True,
    uses=("encoding", *SHUFFLED, "row", "column", "layer", "head"), weights=weights_of(),
    subject=lambda controls, scope: f"{CODES[controls.encoding]}, {training_title(controls)}",
)  # fmt: skip
def patches_panel(controls: Controls, scope: Scope) -> Drawing:
    model, module = of_encoding(controls.encoding, controls, scope)
    x, label = digit_input(controls.digit, model.device)
    order = shuffled(64, controls.share, seed=controls.shuffle)
    moved_x = x.flatten(2)[..., order].view_as(x)  # a patch is one pixel
    query = (controls.row - 1) * 8 + controls.column - 1
    at = int((order == query).nonzero()[0, 0])  # where the query's patch has gone
    maps, predictions = [], []
    for shown, place in ((x, query), (moved_x, at)):
        observation = observe(module, shown)
        weights = observation.call(controls.layer - 1).row(place)[0, controls.head - 1]
        maps.append(weights.reshape(8, 8).cpu().numpy())
        predictions.append(int(observation.output.argmax()))
    before, after = ((values[0, 0].cpu().numpy() + 1) * 8 for values in (x, moved_x))
    carried = maps[0].ravel()[order.numpy()].reshape(8, 8)
    difference = float(np.abs(maps[1] - carried).max())
    return draw(
        AttentionMoved(before, after, maps[0], maps[1], (predictions[0], predictions[1]), difference),
        f"Held-out digit {controls.digit} (a {label}), {percent(controls.share)} of its patches shuffled; attention of the patch "
        f"of row {controls.row}, column {controls.column}, wherever it has gone: layer {controls.layer}, head "
        f"{controls.head}.",
    )


@move_tab(
    "answers", "Predictions before and after", uses=SHUFFLED, weights=weights_of(*CODES),
    subject=lambda controls, scope: f"{training_title(controls)} of each",
)  # fmt: skip
def answers_panel(controls: Controls, scope: Scope) -> Drawing:
    order = shuffled(64, controls.share, seed=controls.shuffle)
    models, label = {}, 0
    for encoding, title in CODES.items():
        model, module = of_encoding(encoding, controls, scope)
        x, label = digit_input(controls.digit, model.device)
        models[title] = moved(module, x, order=order)
    return draw(
        PredictionsMoved(models, label),
        f"Probability of the true class of held-out digit {controls.digit} before and after {percent(controls.share)} of its "
        "patches are shuffled.",
    )
