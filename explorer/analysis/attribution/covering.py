"""Methods that cover parts of the picture with the mean colour and see what the class's logit loses."""

import math

import torch
from captum.attr import FeatureAblation, Occlusion
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attribution.asked import Asked
from explorer.errors import ControlError

__all__ = ["ablation", "occlusion"]

AT_ONCE = 32
"""Covered pictures in one pass."""


@torch.no_grad()
def occlusion(asked: Asked) -> Float[Tensor, "batch height width"]:
    """A window moves over the picture; each pixel has the mean loss of the windows that covered it (Zeiler and
    Fergus 2014). `window` is the window's side in cells; it moves by half of that, at least a cell."""
    cells = asked.cells
    window = int(asked.options["window"])
    if not 1 <= window <= min(cells.rows, cells.columns):
        raise ControlError(
            f"The window cannot be {window} cells wide", why=f"the picture has {cells.rows} x {cells.columns}"
        )
    step = max(1, window // 2)
    height, width = asked.x.shape[-2:]
    side = tuple(
        min(full, round(window * cell))
        for full, cell in ((height, cells.cell_height), (width, cells.cell_width))
    )
    stride = tuple(max(1, round(step * cell)) for cell in (cells.cell_height, cells.cell_width))
    places = math.prod(
        math.ceil((full - part) / by) + 1
        for full, part, by in zip((height, width), side, stride, strict=True)
    )
    found = Occlusion(asked.counted(places * len(asked.x))).attribute(
        asked.x,
        sliding_window_shapes=(asked.x.shape[1], *side),
        strides=(asked.x.shape[1], *stride),
        target=list(asked.targets),
        perturbations_per_eval=max(1, AT_ONCE // len(asked.x)),
    )
    return found.mean(1)


@torch.no_grad()
def ablation(asked: Asked) -> Float[Tensor, "batch height width"]:
    """Each cell covered by itself; all its pixels have what the logit loses."""
    cells = asked.cells
    height, width = asked.x.shape[-2:]
    rows = (torch.arange(height) / cells.cell_height).long().clamp(max=cells.rows - 1)
    columns = (torch.arange(width) / cells.cell_width).long().clamp(max=cells.columns - 1)
    mask = (rows[:, None] * cells.columns + columns)[None, None].to(asked.x.device)
    found = FeatureAblation(asked.counted(len(cells) * len(asked.x))).attribute(
        asked.x,
        feature_mask=mask.expand(1, asked.x.shape[1], -1, -1),
        target=list(asked.targets),
        perturbations_per_eval=max(1, AT_ONCE // len(asked.x)),
    )
    return found.mean(1)
