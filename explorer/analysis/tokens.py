"""From a photograph to a sequence of tokens: patches, embedding, positions (Dosovitskiy et al. 2021)."""

from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from explorer.analysis.positions import CodeSimilarity, similarity
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError, UnsupportedModel
from explorer.formatting import percent
from explorer.geometry import Cell, TokenLayout
from explorer.tap.clone import clone_sharing_weights
from explorer.zoo.model import Model

__all__ = [
    "Filters",
    "PositionSimilarity",
    "Positions",
    "Step",
    "Tokens",
    "patch_filters",
    "positions",
    "tokenise",
]

PositionKind = Literal["absolute", "rotary", "absolute and rotary", "relative", "none"]


@dataclass(frozen=True)
class Step:
    """One step on the way from the picture to the prediction."""

    name: str
    shape: tuple[int, ...]
    what: str


@dataclass(frozen=True, eq=False)
class Tokens(Result):
    """A picture as the sequence that enters the first transformer layer."""

    pixels: UInt8[np.ndarray, "height width 3"]
    """The model's input before normalisation."""
    tokens: TokenLayout
    embedded: Float[np.ndarray, "patches dim"]
    """The patches after the linear embedding, before positions."""
    sequence: Float[np.ndarray, "tokens dim"]
    """What enters the first layer: prefix tokens and patches, with whatever is added to them."""
    steps: tuple[Step, ...]

    @property
    def patches(self) -> UInt8[np.ndarray, "patches patch_height patch_width 3"]:
        """The patches as pixels, row by row; where the grid reaches past the picture, black."""
        grid = self.tokens.grid
        high, wide = round(grid.cell_height), round(grid.cell_width)
        covered = np.zeros((grid.rows * high, grid.columns * wide, 3), np.uint8)
        part = self.pixels[: covered.shape[0], : covered.shape[1]]
        covered[: part.shape[0], : part.shape[1]] = part
        cells = covered.reshape(grid.rows, high, grid.columns, wide, 3).swapaxes(1, 2)
        return cells.reshape(len(grid), high, wide, 3)

    def arrays(self) -> Arrays:
        return {"input": (self.pixels, "0 to 255")}

    def numbers(self) -> Numbers:
        grid = self.tokens.grid
        return {
            "input": (f"{grid.height} × {grid.width}", "px"),
            "patch": (f"{grid.cell_height:g} × {grid.cell_width:g}", "px"),
            "patches": (len(grid), ""),
            "tokens": (len(self.tokens), ""),
        }

    def alt(self) -> str:
        grid = self.tokens.grid
        return f"The model's input, its {grid.rows} × {grid.columns} patches drawn apart."


@dataclass(frozen=True, eq=False)
class Filters(Result):
    """The rows of the linear embedding, each a small colour picture that a patch is multiplied with."""

    weights: Float[np.ndarray, "dim patch_height patch_width 3"]
    """One filter for each output of the embedding; applied to pixels normalised as the model has them."""
    components: Float[np.ndarray, "components patch_height patch_width 3"]
    """Principal components of the filters, of unit length, the largest entry positive."""
    explained: Float[np.ndarray, " components"]
    """Share of the filters' variance along each."""

    def arrays(self) -> Arrays:
        return {
            "filters": (self.weights, ""),
            "components": (self.components, ""),
            "explained": (self.explained, "share of variance"),
        }

    def numbers(self) -> Numbers:
        return {"explained by those drawn": (percent(self.explained.sum()), "of the variance")}

    def alt(self) -> str:
        return (
            f"{len(self.components)} small coloured tiles, one for each principal component, from the strongest down; "
            f"the first explains {percent(self.explained[0])} of the variance."
        )


@dataclass(frozen=True, eq=False)
class Positions(Result):
    """How the model is told where a patch is."""

    kind: PositionKind
    tokens: TokenLayout
    codes: Float[np.ndarray, "patches dim"] | None
    """The code added to each patch; None if nothing is added."""
    what: str
    """A sentence about this model's positions."""

    def similarity(self, cell: Cell) -> Float[np.ndarray, "rows columns"]:
        """Cosine of one patch's code with all others'. Raises as `similarities`."""
        return self.similarities().of(cell.row, cell.column)

    def similarities(self) -> CodeSimilarity:
        """Cosine of every patch's code with all others'.

        Raises:
            AnalysisError: this model adds no code to its patches.
        """
        if self.codes is None:
            raise AnalysisError("There are no position codes to compare", why=self.what)
        return similarity(torch.from_numpy(self.codes), (self.tokens.grid.rows, self.tokens.grid.columns))

    def at(self, cell: Cell) -> "PositionSimilarity":
        """One patch's code beside all others. Raises as `similarities`."""
        return PositionSimilarity(self, cell, self.similarities().of(cell.row, cell.column))


@dataclass(frozen=True, eq=False)
class PositionSimilarity(Result):
    """Cosine of one patch's code with every other's."""

    positions: Positions
    cell: Cell
    cosine: Float[np.ndarray, "rows columns"]

    def arrays(self) -> Arrays:
        return {"similarity": (self.cosine, "cosine")}

    def numbers(self) -> Numbers:
        return {"kind of positional encoding": (self.positions.kind, "")}

    def alt(self) -> str:
        others = self.cosine.copy()
        others[self.cell.row, self.cell.column] = -np.inf
        row, column = np.unravel_index(int(others.argmax()), others.shape)
        return (
            "A map over the patch grid, 1 at the selected patch; the most similar other patch, with "
            f"{others.max():.3g}, is ({row + 1}, {column + 1})."
        )


@torch.no_grad()
def tokenise(model: Model, pixels: UInt8[np.ndarray, "height width 3"]) -> Tokens:
    """The picture, rendered to the model's input size, as the model's tokens.

    Raises:
        UnsupportedModel: the model is no vision transformer whose tokens are known.
    """
    layout = _layout(model)
    # A clone may be stopped and listened to: nobody else has it.
    own = clone_sharing_weights(model.module)
    seen: dict[str, Tensor] = {}
    own.get_submodule("patch_embed").register_forward_hook(lambda part, given, out: seen.update(embedded=out))
    own.get_submodule("blocks.0").register_forward_pre_hook(
        lambda part, given: seen.update(sequence=given[0])
    )
    output = own(model.prepare(pixels))
    embedded = seen["embedded"].reshape(len(layout.grid), -1)
    sequence = seen["sequence"][0]
    return Tokens(
        pixels=pixels,
        tokens=layout,
        embedded=embedded.cpu().numpy(),
        sequence=sequence.cpu().numpy(),
        steps=_steps(model, layout, sequence.shape[-1], output.shape[-1]),
    )


@torch.no_grad()
def patch_filters(model: Model, *, components: int = 28) -> Filters:
    """The embedding's filters and their first principal components (ViT paper, fig. 7 left, shows 28).

    The components are the right singular vectors of the filters, one a row, less their mean.

    Raises:
        UnsupportedModel: patches are not embedded by one linear map of their pixels.
    """
    _layout(model)
    projection = getattr(model.module.patch_embed, "proj", None)
    of_pixels = getattr(model.module.patch_embed, "backbone", None) is None
    if not (isinstance(projection, nn.Conv2d) and projection.in_channels == 3 and of_pixels):
        raise UnsupportedModel(
            "This model has no filters over the pixels of a patch",
            why="its tokens are made from another network's features",
        )
    weights = projection.weight.float().cpu().permute(0, 2, 3, 1)  # D, P, P, 3
    flat = weights.flatten(1).double()
    _, lengths, directions = torch.linalg.svd(flat - flat.mean(0), full_matrices=False)
    chosen = directions[:components]
    largest = chosen.gather(1, chosen.abs().argmax(1, keepdim=True))
    variances = lengths.square()
    return Filters(
        weights=weights.numpy(),
        components=(chosen * largest.sign()).reshape(-1, *weights.shape[1:]).float().numpy(),
        explained=(variances / variances.sum()).numpy()[: len(chosen)],
    )


@torch.no_grad()
def positions(model: Model) -> Positions:
    """How the model tells its patches apart by place.

    Raises:
        UnsupportedModel: the model is no vision transformer whose tokens are known.
    """
    layout = _layout(model)
    table = getattr(model.module, "pos_embed", None)
    rotary = getattr(model.module, "rope", None) is not None
    if isinstance(table, Tensor):
        codes = table.flatten(0, -2)[-len(layout.grid) :].float().cpu().numpy()
        if len(codes) == len(layout.grid):
            kind: PositionKind = "absolute and rotary" if rotary else "absolute"
            sentence = "A code is added to each patch before the first layer."
            return Positions(kind, layout, codes, sentence + (f" {ROTARY}" if rotary else ""))
    if rotary:
        return Positions("rotary", layout, None, ROTARY)
    named = chain(model.module.named_modules(), model.module.named_parameters())
    if any("rel_pos" in name or "relative_position" in name for name, _ in named):
        return Positions(
            "relative", layout, None, "A number for each offset between two patches is added to their score."
        )
    return Positions("none", layout, None, "This model is not told where its patches are.")


ROTARY = "Queries and keys are turned by angles that depend on the patch's place (rotary positions)."


def _layout(model: Model) -> TokenLayout:
    if model.tokens is None:
        raise UnsupportedModel(
            f"{model.entry.title} has no patches to be shown", do="choose a plain vision transformer"
        )
    return model.tokens


def _steps(model: Model, layout: TokenLayout, dim: int, outputs: int) -> tuple[Step, ...]:
    grid = layout.grid
    height, width = round(grid.cell_height), round(grid.cell_width)
    whole = len(layout)
    steps = [
        Step("picture", (*model.input_size, 3), "the photograph in the model's input size"),
        Step(
            "patches",
            (len(grid), height * width * 3),
            f"{grid.rows} x {grid.columns} patches of {height} x {width} pixels",
        ),
        Step("embedding", (len(grid), dim), "each patch times one matrix"),
    ]
    if layout.prefix:
        steps.append(Step("prefix tokens", (whole, dim), f"{', '.join(layout.prefix_names)} put in front"))
    encoding = positions(model)
    if encoding.codes is not None:
        steps.append(Step("positions", (whole, dim), "a code for each place is added"))
    depth = len(model.module.get_submodule("blocks"))  # type: ignore[arg-type]
    steps.append(Step("layers", (whole, dim), f"{depth} layers of attention and a small network"))
    read = (
        f"the {layout.prefix_names[0]} token"
        if layout.pooling == "token" and layout.prefix
        else f"pooling: {layout.pooling}"
    )
    steps.append(Step("head", (outputs,), f"one number for each class, read from {read}"))
    return tuple(steps)
