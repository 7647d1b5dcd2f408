"""What a cell can reach through a stack of layers, and what it weighs there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from torch import Tensor
from torch.nn.functional import layer_norm

from explorer.analysis.result import Result
from explorer.errors import ControlError
from explorer.geometry import Cell
from explorer.models.attention_layers.layer import Shape, SpatialLayer

__all__ = ["LayerLook", "layer_look", "picture_cells", "picture_features"]

PICTURES = 2
"""Random inputs behind `can`: a gradient may vanish for one, but not for all."""
PIXELS = 4
"""Rows and columns of pixels in a cell."""


@dataclass(frozen=True, eq=False)
class LayerLook(Result):
    """One cell through some layers."""

    title: str
    cell: Cell
    can: Bool[np.ndarray, "rows columns"]
    """Cells whose features change the answer: the gradient with respect to them is not exactly zero."""
    does: Float[np.ndarray, "rows columns"]
    """Share of the weight on each cell, mean of the heads; of several layers the product of their matrices of
    weights. Of weights that may be negative the magnitude."""

    @property
    def share(self) -> float:
        """Of the cells in reach."""
        return float(self.can.mean())

    @property
    def entropy(self) -> float:
        """Bits of `does`: 0 for one cell, log2 N for all alike."""
        positive = self.does[self.does > 0].astype(np.float64)
        return float(-(positive * np.log2(positive)).sum())

    @property
    def nbytes(self) -> int:
        return self.can.nbytes + self.does.nbytes


def layer_look(
    layers: Sequence[SpatialLayer],
    x: Float[Tensor, "1 features rows columns"],
    cell: Cell,
    *,
    title: str = "",
) -> LayerLook:
    """`does` is for this input; `can` for any, found with random ones. Between two layers each cell's features are
    brought to mean 0 and variance 1, which joins no cells.

    Raises:
        ControlError: there is no such cell.
    """
    rows, columns = x.shape[2:]
    if not (0 <= cell.row < rows and 0 <= cell.column < columns):
        raise ControlError(
            f"There is no cell ({cell.row + 1}, {cell.column + 1})", why=f"there are {rows} x {columns}"
        )
    return LayerLook(title, cell, _reached(layers, x, cell), _weighed(layers, x, cell))


def _reached(layers: Sequence[SpatialLayer], like: Tensor, cell: Cell) -> np.ndarray:
    reached = np.zeros(like.shape[2:], bool)
    for seed in range(PICTURES):
        generator = torch.Generator().manual_seed(seed)
        with torch.enable_grad():
            x = torch.randn(like.shape, generator=generator).to(like).requires_grad_()
            answer = _through(layers, x)[-1][0, :, cell.row, cell.column]
            towards = torch.randn(answer.shape, generator=generator).to(answer)
            (gradient,) = torch.autograd.grad((answer * towards).sum(), x)
        reached |= (gradient[0] != 0).any(0).cpu().numpy()
    return reached


@torch.no_grad()
def _weighed(layers: Sequence[SpatialLayer], x: Tensor, cell: Cell) -> np.ndarray:
    rows, columns = x.shape[2:]
    carried = x.new_zeros(rows * columns)
    carried[cell.row * columns + cell.column] = 1
    given = [x, *_through(layers[:-1], x)]
    for layer, layer_input in zip(reversed(layers), reversed(given), strict=True):
        carried = carried @ layer.weights(layer_input)[0].abs().mean(0)
    return (carried / carried.sum()).view(rows, columns).cpu().numpy()


def _through(layers: Sequence[SpatialLayer], x: Tensor) -> list[Tensor]:
    """What each layer is followed by."""
    inputs = []
    for layer in layers:
        x = _even(layer(x))
        inputs.append(x)
    return inputs


def _even(x: Tensor) -> Tensor:
    return layer_norm(x.movedim(1, -1), x.shape[1:2]).movedim(-1, 1)


def picture_cells(pixels: UInt8[np.ndarray, "height width 3"], side: int) -> UInt8[np.ndarray, "side side 3"]:
    """The mean colour of each of side x side cells of the picture's middle square."""
    return np.asarray(_square(pixels).resize((side, side), Image.Resampling.BOX))


def picture_features(
    pixels: UInt8[np.ndarray, "height width 3"], side: int, features: int, *, seed: int = 0
) -> Float[Tensor, "1 features side side"]:
    """The picture as layers are given it: 4 x 4 pixels of each cell through a random matrix. Colours are counted from
    the picture's own mean, in its own standard deviation."""
    shape: Shape = (side * PIXELS, side * PIXELS)
    square = torch.from_numpy(
        np.asarray(_square(pixels).resize(shape, Image.Resampling.BOX), np.float32) / 255
    )
    square = (square - square.mean((0, 1))) / (square.std() + 1e-3)
    patches = square.unflatten(0, (side, PIXELS)).unflatten(2, (side, PIXELS))  # rows, y, columns, x, colours
    patches = patches.permute(0, 2, 1, 3, 4).flatten(2)
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randn(patches.shape[-1], features, generator=generator) / patches.shape[-1] ** 0.5
    return (patches @ matrix).permute(2, 0, 1)[None]


def _square(pixels: np.ndarray) -> Image.Image:
    height, width = pixels.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    return Image.fromarray(np.ascontiguousarray(pixels[top : top + short, left : left + short]))
