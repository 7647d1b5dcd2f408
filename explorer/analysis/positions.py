"""What a transformer is told of positions: codes that are added, biases of offsets, rotations."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.analysis.result import Arrays, Result
from explorer.errors import AnalysisError, ControlError
from explorer.models.position_vit import PositionViT

__all__ = [
    "CodeSimilarity",
    "code_similarity",
    "offset_bias",
    "rotation_angles",
    "similarity",
    "wavelengths",
]


@dataclass(frozen=True, eq=False)
class CodeSimilarity(Result):
    """Cosine of each position's code with every other's (Dosovitskiy et al. 2021, fig. 7, centre)."""

    cosine: Float[np.ndarray, "rows columns rows columns"]

    @property
    def grid(self) -> tuple[int, int]:
        return self.cosine.shape[0], self.cosine.shape[1]

    def of(self, row: int, column: int) -> Float[np.ndarray, "rows columns"]:
        """One position's map.

        Raises:
            ControlError: there is no such position.
        """
        rows, columns = self.grid
        if not (0 <= row < rows and 0 <= column < columns):
            raise ControlError(
                f"There is no position {row}, {column}", why=f"the grid has {rows} x {columns}"
            )
        return self.cosine[row, column]

    def arrays(self) -> Arrays:
        return {"cosine": (self.cosine, "cosine")}

    def alt(self) -> str:
        rows, columns = self.grid
        return f"A grid of {rows} × {columns} small grids, each brightest at its own place."


@torch.no_grad()
def code_similarity(module: nn.Module) -> CodeSimilarity:
    """Of one of our small models, or of a timm vision transformer with codes that are added.

    Raises:
        AnalysisError: nothing is added to the patches.
    """
    own: Any = module
    if isinstance(module, PositionViT):
        code, grid = own.absolute((own.side, own.side)), (own.side, own.side)
    else:
        code, grid = getattr(own, "pos_embed", None), None
        if code is not None:
            rows, columns = own.patch_embed.grid_size
            code, grid = code[0, -rows * columns :], (rows, columns)
    if code is None or grid is None:
        raise AnalysisError(
            "This model adds no code to its patches",
            why="it has no positions, or tells them within attention",
            do="look at its bias or its rotation instead",
        )
    return similarity(code, grid)


def similarity(code: Float[Tensor, "patches width"], grid: tuple[int, int]) -> CodeSimilarity:
    """Of codes in reading order; a code of zeros is like none."""
    units = torch.nn.functional.normalize(code.double(), dim=-1)
    return CodeSimilarity((units @ units.T).cpu().numpy().reshape(*grid, *grid))


@torch.no_grad()
def offset_bias(module: nn.Module, layer: int) -> Float[np.ndarray, "heads rows columns"]:
    """What a layer adds to a score for each offset from query to key, the offset (0, 0) in the middle.

    Of one of our small models, or of a timm model that adds relative biases (a table as in BEiT and Swin, or a
    small network of the offset as in vit_relpos); those of a class token are left out.

    Raises:
        AnalysisError: it adds none.
        ControlError: there is no such layer.
    """
    own: Any = module
    layers = own.layers if isinstance(module, PositionViT) else getattr(own, "blocks", ())
    if not 0 <= layer < len(layers):
        raise ControlError(f"There is no layer {layer + 1}", why=f"the model has {len(layers)}")
    if isinstance(module, PositionViT):
        table = layers[layer].bias
        if table is not None:
            return table.float().cpu().numpy()
        raise _without("bias for offsets")
    between = _between(own, layers[layer].attn)
    if between is None:
        raise _without("bias for offsets")
    rows, columns = own.patch_embed.grid_size
    heads = len(between)
    between = between[:, -rows * columns :, -rows * columns :].reshape(heads, rows, columns, rows, columns)
    by_offset = between.new_zeros(heads, 2 * rows - 1, 2 * columns - 1)
    for row in range(rows):  # the same offset has the same bias from wherever it is taken
        for column in range(columns):
            by_offset[
                :, rows - 1 - row : 2 * rows - 1 - row, columns - 1 - column : 2 * columns - 1 - column
            ] = between[:, row, column]
    return by_offset.float().cpu().numpy()


def _between(model: Any, attention: Any) -> Tensor | None:
    """timm's bias from each token to each: heads x tokens x tokens."""
    relative = getattr(attention, "rel_pos", None) or getattr(model, "shared_rel_pos", None)
    if relative is not None:
        return relative.get_bias()[0]
    if getattr(attention, "relative_position_bias_table", None) is not None:
        return attention._get_rel_pos_bias()[0]
    return None


@torch.no_grad()
def rotation_angles(
    module: nn.Module, *, layer: int = 0, head: int = 0
) -> Float[np.ndarray, "rows columns pairs"]:
    """By what angle (radians) each pair of numbers of queries and keys is turned at each patch (Su et al. 2021).

    Of one of our small models, or of a timm model with rotary positions, whose angles are known up to full turns.
    `layer` and `head` matter where each has learned its own angles (Heo et al. 2024, "RoPE-Mixed").

    Raises:
        AnalysisError: nothing is turned.
        ControlError: there is no such layer or head.
    """
    own: Any = module
    if isinstance(module, PositionViT):
        if module.code != "rotary":
            raise _without("rotation")
        return module.rotations((own.side, own.side)).reshape(own.side, own.side, -1).cpu().numpy()
    rope = getattr(own, "rope", None)
    if rope is None:
        raise _without("rotation")
    grid = own.patch_embed.grid_size
    turns = rope.get_embed(shape=list(grid)).float()
    if turns.ndim == 4:  # layers, heads, patches, sines and cosines
        for name, at, count in (("layer", layer, len(turns)), ("head", head, turns.shape[1])):
            if not 0 <= at < count:
                raise ControlError(f"There is no {name} {at + 1}", why=f"the model has {count}")
        turns = turns[layer, head]
    sines, cosines = turns.chunk(2, -1)
    angles = torch.atan2(sines, cosines)  # every angle stands twice, once for each number of its pair:
    # side by side, or in either half
    halves = getattr(own.blocks[0].attn, "rotate_half", False)
    angles = angles[:, : angles.shape[-1] // 2] if halves else angles[:, ::2]
    return angles.reshape(*grid, -1).cpu().numpy()


def _without(what: str) -> AnalysisError:
    return AnalysisError(f"This model has no {what}", do="choose a model that tells positions so")


def wavelengths(dim: int) -> Float[np.ndarray, " pairs"]:
    """Of each sine and cosine of a code of `dim` numbers, in positions (Vaswani et al. 2017, section 3.5)."""
    return 2 * np.pi * 10_000.0 ** (np.arange(0, dim, 2) / dim)
