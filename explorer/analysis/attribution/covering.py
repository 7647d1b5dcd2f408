"""Methods that cover parts of the picture with the mean colour and see what the class's logit loses."""

import math

import torch
from captum.attr import FeatureAblation, Occlusion
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attribution.context import AttributionContext
from explorer.errors import ControlError

__all__ = ["ablation", "occlusion"]

AT_ONCE = 32
"""Covered pictures in one pass."""


@torch.no_grad()
def occlusion(context: AttributionContext) -> Float[Tensor, "batch height width"]:
    """A window moves over the picture; each pixel has the mean loss of the windows that covered it (Zeiler and
    Fergus 2014). `window` is the window's side in cells; it moves by half of that, at least a cell."""
    cells = context.cells
    window = int(context.options["window"])
    if not 1 <= window <= min(cells.rows, cells.columns):
        raise ControlError(
            f"The window cannot be {window} cells wide", why=f"the picture has {cells.rows} x {cells.columns}"
        )
    step = max(1, window // 2)
    height, width = context.x.shape[-2:]
    side = tuple(
        min(full, round(window * cell))
        for full, cell in ((height, cells.cell_height), (width, cells.cell_width))
    )
    stride = tuple(max(1, round(step * cell)) for cell in (cells.cell_height, cells.cell_width))
    places = math.prod(
        math.ceil((full - part) / by) + 1
        for full, part, by in zip((height, width), side, stride, strict=True)
    )
    attributions = Occlusion(context.counted(places * len(context.x))).attribute(
        context.x,
        sliding_window_shapes=(context.x.shape[1], *side),
        strides=(context.x.shape[1], *stride),
        target=list(context.targets),
        perturbations_per_eval=max(1, AT_ONCE // len(context.x)),
    )
    return attributions.mean(1)


@torch.no_grad()
def ablation(context: AttributionContext) -> Float[Tensor, "batch height width"]:
    """Each cell covered by itself; all its pixels have what the logit loses."""
    cells = context.cells
    height, width = context.x.shape[-2:]
    rows = (torch.arange(height) / cells.cell_height).long().clamp(max=cells.rows - 1)
    columns = (torch.arange(width) / cells.cell_width).long().clamp(max=cells.columns - 1)
    mask = (rows[:, None] * cells.columns + columns)[None, None].to(context.x.device)
    attributions = FeatureAblation(context.counted(len(cells) * len(context.x))).attribute(
        context.x,
        feature_mask=mask.expand(1, context.x.shape[1], -1, -1),
        target=list(context.targets),
        perturbations_per_eval=max(1, AT_ONCE // len(context.x)),
    )
    return attributions.mean(1)
