"""The part *On a photograph*: a trained vision transformer told other positions, and what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import AnalysisError
from explorer.export.drawing import Drawing
from explorer.views.positions.controls import Controls

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["draw_deals", "draw_known"]

DEALS = {"swapped": "two swapped", "shuffled": "all shuffled", "zeroed": "told nothing"}


def draw_deals(controls: Controls, scope: Scope) -> Drawing:
    import torch

    from explorer.analysis.positions import with_pos_encoding
    from explorer.figures.positions import spread_figure

    look = scope.look("model", "crop")
    x = look.model.prepare(look.shown)
    before = look.observation.output.softmax(-1)[0]
    likeliest = before.topk(3).indices
    rows = {"as trained": before[likeliest]}
    change = {}
    for deal, title in DEALS.items():
        with torch.inference_mode():
            logits = with_pos_encoding(look.model.module, deal, seed=controls.shuffle)(x)
        rows[title] = logits.softmax(-1)[0][likeliest]
        change[title] = float((logits - look.observation.output).abs().max())
    table = np.stack([each.float().cpu().numpy() for each in rows.values()])
    classes = look.model.classes
    names = [classes[at] if at < len(classes) else f"class {at + 1}" for at in likeliest.tolist()]
    once = np.repeat(table[..., None], 3, -1)  # the mean and the range of one answer
    figure = spread_figure(names, dict(zip(rows, once, strict=True)))
    figure.update_yaxes(title_text="probability")
    return Drawing(
        figure=figure,
        data={"deal": np.array(list(rows)), **{f"p_{name}": table[:, at] for at, name in enumerate(names)}},
        units={f"p_{name}": "1" for name in names},
        caption=f"Probability of the three likeliest classes of “{look.picture.name}” for {look.model.entry.title} when its "
        f"patches are told other positions (shuffle {controls.shuffle}).",
        alt="Groups of bars, one group for each class.",
        numbers={f"largest change of a logit, {title}": (value, "") for title, value in change.items()},
    )


def draw_known(controls: Controls, scope: Scope) -> Drawing:
    """The code, the bias or the rotation, whichever the model has."""
    from explorer.analysis.positions import code_similarity, offset_bias, rotation_angles
    from explorer.figures.positions import bias_figure, rotation_figure, similarity_figure

    model = scope.model()
    module: Any = model.module
    try:
        found = code_similarity(module)
        rows, columns = found.grid
        at = (rows // 2, columns // 2)
        return Drawing(
            figure=similarity_figure(found, position=at),
            data={"cosine": found.of(*at)},
            units={"cosine": "cosine"},
            caption=f"A code is added to each patch: cosine of the middle one's with every other's, {model.entry.title}.",
            alt="A map over the grid of positions, 1 in the middle.",
        )
    except AnalysisError:
        pass
    try:
        table = offset_bias(module, min(controls.layer, len(module.blocks)) - 1)
        head = min(controls.head, len(table)) - 1
        return Drawing(
            figure=bias_figure(table, head=head),
            data={"bias": table},
            units={"bias": "added to the score"},
            caption=f"A bias is added for each offset: layer {controls.layer}, head {head + 1}, {model.entry.title}.",
            alt="A map over offsets, the query's own place in the middle.",
        )
    except AnalysisError:
        pass
    angles = rotation_angles(module)[..., :16]
    return Drawing(
        figure=rotation_figure(angles),
        data={"angle": angles},
        units={"angle": "radian"},
        caption=f"Queries and keys are turned by the place: the first pairs of numbers, {model.entry.title}.",
        alt=f"{angles.shape[-1]} small maps of stripes.",
    )
