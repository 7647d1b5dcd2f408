"""What becomes of a transformer's answer and attention when its patches, or their positions, are moved."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError, ControlError
from explorer.models.position_vit import PositionViT
from explorer.tap import observe

__all__ = [
    "AttentionMoved",
    "Moved",
    "attention_moved",
    "first_answers",
    "moved",
    "right_answers",
    "shuffled",
    "with_pos_encoding",
]


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


@dataclass(frozen=True, eq=False)
class AttentionMoved(Result):
    """A digit, the same digit with its patches moved, and the attention of one patch in both."""

    before: Float[np.ndarray, "rows columns"]
    after: Float[np.ndarray, "rows columns"]
    attention_before: Float[np.ndarray, "rows columns"]
    attention_after: Float[np.ndarray, "rows columns"]
    predictions: tuple[int, int]
    difference: float
    """The largest between the attention after and that before, moved with the patches."""

    def arrays(self) -> Arrays:
        return {
            "before": (self.before, "0 to 16"),
            "after": (self.after, "0 to 16"),
            "attention_before": (self.attention_before, "1"),
            "attention_after": (self.attention_after, "1"),
        }

    def numbers(self) -> Numbers:
        return {
            "prediction before": (str(self.predictions[0]), ""),
            "after": (str(self.predictions[1]), ""),
            "attention moved with the patches up to": (self.difference, ""),
        }

    def alt(self) -> str:
        places = []
        for values in (self.attention_before, self.attention_after):
            row, column = np.unravel_index(int(values.argmax()), values.shape)
            places.append(f"({row + 1}, {column + 1})")
        return (
            "The digit, the digit with its pixels moved, and one patch's attention in each; the largest weight is on "
            f"{places[0]} before and {places[1]} after."
        )


@torch.no_grad()
def attention_moved(
    module: PositionViT,
    x: Float[Tensor, "1 1 rows columns"],
    *,
    order: Int[Tensor, " patches"],
    query: int,
    layer: int,
    head: int,
) -> AttentionMoved:
    """One patch's attention before and after the pixels, each a patch, are put in another order; the patch is followed
    to where it has gone. Values of -1 to 1 are a digit's 0 to 16."""
    moved_x = x.flatten(2)[..., order].view_as(x)
    at = int((order == query).nonzero()[0, 0])
    maps, predictions = [], []
    for shown, place in ((x, query), (moved_x, at)):
        observation = observe(module, shown)
        weights = observation.call(layer).row(place)[0, head]
        maps.append(weights.reshape(x.shape[-2:]).cpu().numpy())
        predictions.append(int(observation.output.argmax()))
    before, after = ((values[0, 0].cpu().numpy() + 1) * 8 for values in (x, moved_x))
    carried = maps[0].ravel()[order.cpu().numpy()].reshape(maps[0].shape)
    difference = float(np.abs(maps[1] - carried).max())
    return AttentionMoved(before, after, maps[0], maps[1], (predictions[0], predictions[1]), difference)


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
