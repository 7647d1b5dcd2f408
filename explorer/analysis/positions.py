"""What a transformer is told of positions, and what becomes of its answer when that is changed."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.analysis.result import Arrays, Result
from explorer.errors import AnalysisError, ControlError
from explorer.models.position_vit import PositionViT

__all__ = [
    "CodeSimilarity",
    "Moved",
    "code_similarity",
    "first_answers",
    "moved",
    "offset_bias",
    "right_answers",
    "rotation_angles",
    "shuffled",
    "similarity",
    "wavelengths",
    "with_pos_encoding",
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


@torch.no_grad()
def with_pos_encoding(module: nn.Module, deal: str, *, seed: int = 0) -> nn.Module:
    """A timm vision transformer told other positions; the model itself stays as it is.

    `deal` is "zeroed" (no code at all), "swapped" (two patches drawn by `seed` have each other's) or "shuffled"
    (all have another's). What is added to patches is dealt so, and what queries and keys are turned by; a class
    token keeps its own.

    Raises:
        AnalysisError: the model is told no positions that can be changed so.
        ControlError: there is no such deal.
    """
    if deal not in ("zeroed", "swapped", "shuffled"):
        raise ControlError(f"Positions cannot be {deal!r}", do="choose zeroed, swapped or shuffled")
    own: Any = copy.copy(module)  # its parts are shared, its table of parameters is not
    own._parameters, own._modules = dict(module._parameters), dict(module._modules)
    code, rope = getattr(own, "pos_embed", None), getattr(own, "rope", None)
    changed = False
    if code is not None:
        rows, columns = own.patch_embed.grid_size
        code, count = code.clone(), rows * columns
        code[:, -count:] = 0 if deal == "zeroed" else code[:, -count:][:, _dealt(count, deal, seed)]
        own.pos_embed, changed = nn.Parameter(code, requires_grad=False), True
    if rope is not None:
        own.rope, changed = _Turned(rope, deal, seed), True
    if not changed:
        raise AnalysisError(
            "This model's positions cannot be changed from outside",
            why="they are told within its layers, or not at all",
            do="choose a model that adds a code to its patches or turns queries and keys",
        )
    return own


class _Turned(nn.Module):
    """Rotary positions dealt otherwise."""

    def __init__(self, rope: Any, deal: str, seed: int) -> None:
        super().__init__()
        self.rope, self.deal, self.seed = rope, deal, seed

    def get_embed(self, *args: Any, **more: Any) -> Tensor:
        turns = self.rope.get_embed(*args, **more)
        if self.deal == "zeroed":
            sines, cosines = turns.chunk(2, -1)
            return torch.cat([torch.zeros_like(sines), torch.ones_like(cosines)], -1)
        order = _dealt(turns.shape[-2], self.deal, self.seed)
        return turns[..., order, :]  # of all layers and heads alike


def _dealt(count: int, deal: str, seed: int) -> Tensor:
    order = shuffled(count, 1.0, seed=seed)
    if deal == "swapped":
        one, other = order[:2].tolist()
        order = torch.arange(count)
        order[one], order[other] = other, one
    return order


def wavelengths(dim: int) -> Float[np.ndarray, " pairs"]:
    """Of each sine and cosine of a code of `dim` numbers, in positions (Vaswani et al. 2017, section 3.5)."""
    return 2 * np.pi * 10_000.0 ** (np.arange(0, dim, 2) / dim)


@dataclass(frozen=True, eq=False)
class Moved(Result):
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
def first_answers(
    module: PositionViT,
    x: Float[Tensor, "pictures channels height width"],
    *,
    side: int | None = None,
    order: Int[Tensor, " patches"] | None = None,
    coded: bool = True,
) -> Int[Tensor, " pictures"]:
    """The class of each picture's largest logit; with `side` the pictures are resized first, and the positions with them."""
    if side is not None and side != x.shape[-1]:
        x = torch.nn.functional.interpolate(
            x, size=(side, side), mode="bilinear", align_corners=False, antialias=True
        )
    return torch.cat([module(part, order=order, coded=coded).argmax(-1) for part in x.split(120)])


def right_answers(
    module: PositionViT,
    x: Float[Tensor, "pictures channels height width"],
    labels: Int[Tensor, " pictures"],
    *,
    side: int | None = None,
    order: Int[Tensor, " patches"] | None = None,
    coded: bool = True,
) -> float:
    """The share of right ones among the `first_answers`."""
    guess = first_answers(module, x, side=side, order=order, coded=coded)
    return int((guess == labels).sum()) / len(labels)
