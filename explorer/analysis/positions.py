"""What a transformer is told of positions, and what becomes of its answer when that is changed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import AnalysisError, ControlError
from explorer.models.position_vit import PositionViT

__all__ = [
    "CodeSimilarity",
    "Moved",
    "code_similarity",
    "moved",
    "right_answers",
    "shuffled",
    "similarity",
    "wavelengths",
]


@dataclass(frozen=True, eq=False)
class CodeSimilarity:
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

    def figure(self, **options: Any) -> Any:
        """Options of `explorer.figures.positions.similarity_figure`."""
        from explorer.figures.positions import similarity_figure

        return similarity_figure(self, **options)


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


def wavelengths(dim: int) -> Float[np.ndarray, " pairs"]:
    """Of each sine and cosine of a code of `dim` numbers, in positions (Vaswani et al. 2017, section 3.5)."""
    return 2 * np.pi * 10_000.0 ** (np.arange(0, dim, 2) / dim)


@dataclass(frozen=True, eq=False)
class Moved:
    """Answers before and after positions or patches were moved."""

    before: Float[np.ndarray, "pictures classes"]
    """Probabilities."""
    after: Float[np.ndarray, "pictures classes"]
    largest: float
    """The largest change of a logit."""
    rounding: float
    """Changes below this are rounding: 100 ε times the largest logit."""

    @property
    def unchanged(self) -> bool:
        return self.largest <= self.rounding

    @property
    def same_answer(self) -> float:
        """Share of the pictures whose prediction stays."""
        return float((self.before.argmax(-1) == self.after.argmax(-1)).mean())


@torch.no_grad()
def moved(
    module: PositionViT,
    x: Float[Tensor, "batch channels height width"],
    *,
    order: Int[Tensor, " patches"] | None = None,
    places: Int[Tensor, " patches"] | None = None,
    coded: bool = True,
) -> Moved:
    """Patches put in another `order`, positions swapped by `places`, or no code told at all.

    Raises:
        ControlError: `order` or `places` does not fit the number of patches.
    """
    for name, given in (("order", order), ("places", places)):
        count = (x.shape[-2] // module.patches.stride[0]) * (x.shape[-1] // module.patches.stride[1])
        if given is not None and (
            len(given) != count or not 0 <= int(given.min()) <= int(given.max()) < count
        ):
            raise ControlError(f"The {name} does not fit", why=f"the picture has {count} patches")
    before, after = module(x), module(x, order=order, places=places, coded=coded)
    return Moved(
        before.softmax(-1).cpu().numpy(),
        after.softmax(-1).cpu().numpy(),
        float((after - before).abs().max()),
        float(100 * torch.finfo(before.dtype).eps * max(1.0, float(before.abs().max()))),
    )


def shuffled(count: int, share: float, *, seed: int = 0) -> Int[Tensor, " count"]:
    """An order in which a share of the patches, drawn at random, is shuffled among itself.

    Raises:
        ControlError: the share is not between 0 and 1.
    """
    if not 0 <= share <= 1:
        raise ControlError("The share must be between 0 and 1", why=f"it is {share:g}")
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(count, generator=generator)[: round(share * count)]
    order = torch.arange(count)
    order[chosen.sort().values] = chosen
    return order


@torch.no_grad()
def right_answers(
    module: PositionViT,
    x: Float[Tensor, "pictures channels height width"],
    labels: Int[Tensor, " pictures"],
    *,
    side: int | None = None,
    order: Int[Tensor, " patches"] | None = None,
    coded: bool = True,
) -> float:
    """The share of right predictions; with `side` the pictures are resized first, and the positions with them."""
    if side is not None and side != x.shape[-1]:
        x = torch.nn.functional.interpolate(
            x, size=(side, side), mode="bilinear", align_corners=False, antialias=True
        )
    guess = torch.cat([module(part, order=order, coded=coded).argmax(-1) for part in x.split(120)])
    return float((guess == labels).float().mean())
