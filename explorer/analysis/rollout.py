"""Attention rollout: attention followed through depth (Abnar and Zuidema, ACL 2020, eq. 1).

Each layer's heads are fused into one map W. The lowest share of its entries may be discarded. The residual
connection is the identity: A = r I + (1 - r) W, its rows then divided by their sums. The rollout after layer
l is A_l A_{l-1} … A_start, and its row q says what token q has received from the tokens at the input.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attention import Fusion, Query, query_index, square, token_title
from explorer.analysis.blocks import BLOCK_BYTES
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.analysis.rollout_maps import LayerMaps, with_residual
from explorer.errors import AnalysisError, ControlError
from explorer.geometry import TokenLayout
from explorer.images import Photo
from explorer.tap import AttentionCall, Observation

__all__ = [
    "WHOLE_TOKENS",
    "Collapse",
    "Rollout",
    "RolloutMap",
    "mean_cosine",
    "rollout",
    "rollout_of_reading",
    "with_residual",
]

WHOLE_TOKENS = 640
"""Up to so many tokens the N x N products are held: as fast, and they give the collapse of all tokens."""
COMPARED = 16
"""Tokens whose rows are compared for the collapse when the products are not held."""


@dataclass(frozen=True, eq=False)
class Rollout(Result):
    """The rollout of one query after every layer, for every picture of the batch."""

    rows: Float[np.ndarray, "batch depths tokens"]
    """Row q of A_l … A_start for each layer l from start to stop; each sums to 1."""
    layers: tuple[int, ...]
    """The layer l of each depth, counted from 0."""
    layer_names: tuple[str, ...]
    query: int
    tokens: TokenLayout | None
    fusion: Fusion
    discard: float
    residual: float
    row_sum_error: Float[np.ndarray, "batch depths"]
    """Largest |sum - 1| of the rows followed: rounding, or something is wrong."""
    collapse: Float[np.ndarray, "batch depths"]
    """Mean cosine between the rollout rows of different tokens: 1 when every token has the same row, and the
    map says nothing about the query. NaN when fewer than two rows were compared."""
    compared: int
    """How many tokens' rows the collapse is of."""
    photo: Photo | None = None

    @property
    def title(self) -> str:
        return f"rollout of the {token_title(self.tokens, self.query)}"

    def row(self, layer: int, *, sample: int = 0) -> Float[np.ndarray, " tokens"]:
        """The query's row after that layer.

        Raises:
            ControlError: there is no such layer or sample.
        """
        if layer not in self.layers:
            raise ControlError(
                f"The rollout has no layer {layer}", why=f"it runs from {self.layers[0]} to {self.layers[-1]}"
            )
        if not 0 <= sample < len(self.rows):
            raise ControlError(f"There is no picture {sample} in the batch", why=f"it has {len(self.rows)}")
        return self.rows[sample, self.layers.index(layer)]

    def at(self, layer: int) -> "RolloutMap":
        """The map after one layer. Raises as `row`."""
        return RolloutMap(self, layer, self.row(layer))

    @property
    def collapsing(self) -> "Collapse":
        """How alike the rows of different tokens become through depth."""
        return Collapse(self.layers, self.collapse[0], self.row_sum_error[0])

    def arrays(self) -> Arrays:
        maps = () if self.tokens is None else (("map", self.tokens.map(self.rows[0])),)
        return {name: (values, "share of the row") for name, values in (("rollout", self.rows[0]), *maps)}

    def alt(self) -> str:
        largest = token_title(self.tokens, int(self.rows[0, -1].argmax()))
        return f"{len(self.layers)} small maps, one for each depth; in the last the largest share is that of {largest}."


@dataclass(frozen=True, eq=False)
class RolloutMap(Result):
    """The rollout of the query after one layer."""

    rollout: Rollout
    layer: int
    row: Float[np.ndarray, " tokens"]

    def arrays(self) -> Arrays:
        tokens = self.rollout.tokens
        maps = () if tokens is None else (("map", tokens.map(self.row)),)
        return {name: (values, "share of the row") for name, values in (("rollout", self.row), *maps)}

    def numbers(self) -> Numbers:
        of, at = self.rollout, self.rollout.layers.index(self.layer)
        return {
            "mean cosine between tokens' rows": (float(of.collapse[0, at]), f"of {of.compared} tokens"),
            "largest deviation of a row's sum from 1": (float(of.row_sum_error[0, at]), ""),
        }

    def alt(self) -> str:
        largest = token_title(self.rollout.tokens, int(self.row.argmax()))
        return (
            "The picture with each patch shaded by its share of the rollout; the largest, "
            f"{self.row.max():.3g}, is that of {largest}."
        )


@dataclass(frozen=True, eq=False)
class Collapse(Result):
    """How alike the rollout rows of different tokens are after each layer."""

    layers: tuple[int, ...]
    cosine: Float[np.ndarray, " depths"]
    row_sum_error: Float[np.ndarray, " depths"]

    def arrays(self) -> Arrays:
        return {"collapse": (self.cosine, "mean cosine"), "row_sum_error": (self.row_sum_error, "1")}

    def numbers(self) -> Numbers:
        return {"after the last layer": (float(self.cosine[-1]), "mean cosine")}

    def alt(self) -> str:
        return (
            f"The mean cosine between the rows of different tokens by layer, from {self.cosine[0]:.3g} after layer "
            f"{self.layers[0] + 1} to {self.cosine[-1]:.3g} after layer {self.layers[-1] + 1}; at 1 all have the same map."
        )


@torch.no_grad()
def rollout(
    observation: Observation,
    *,
    query: Query = "class",
    fusion: Fusion = "mean",
    discard: float = 0.0,
    residual: float = 0.5,
    start: int = 0,
    stop: int | None = None,
    whole: bool | None = None,
    compared: int = COMPARED,
    block_bytes: int = BLOCK_BYTES,
) -> Rollout:
    """The rollout of `query` from layer `start` up to each layer until `stop` (included; None is the last).

    `discard`, in [0, 1), is the share of each fused map's entries that is set to zero, in each sample apart:
    of the n entries in the patches' columns the floor(discard · n) lowest (those equal to the next are kept); the
    columns of the prefix tokens (class, distillation, registers) are neither counted nor touched. `residual`,
    in [0, 1], is r. A row that holds nothing is the identity's.

    `whole` says whether to hold the N x N products (None: when there are few tokens). Otherwise a vector for
    each depth is carried from its layer to the first through blocks of rows of each map, and the collapse is
    of `compared` tokens evenly spaced in the sequence; 0 leaves it out. Both give the same to rounding.

    Raises:
        ControlError: an option out of its range, or no such token or layer.
        UnsupportedModel, AnalysisError: the model has no self-attention that can be followed.
    """
    _check(discard, residual)
    last = len(observation.calls) - 1 if stop is None else stop
    observation.call(start)
    observation.call(last)
    if start > last:
        raise ControlError(f"The rollout cannot start at layer {start}", why=f"it stops at layer {last}")
    calls = [square(call) for call in observation.calls[start : last + 1]]
    count = calls[0].tokens
    if any(call.tokens != count for call in calls):
        raise AnalysisError(
            "The rollout cannot be followed", why="the number of tokens changes from layer to layer"
        )
    at = query_index(observation.tokens, query, count)
    prefix = observation.tokens.prefix if observation.tokens else 0
    maps = LayerMaps(fusion, discard, residual, prefix, block_bytes)
    if (count <= WHOLE_TOKENS) if whole is None else whole:
        rows, errors, collapse, compared = *_dense(calls, maps, at), count
    else:
        others = np.unique(np.linspace(0, count - 1, min(compared, count)).round().astype(int)).tolist()
        rows, errors, collapse = _streamed(calls, maps, at, others)
        compared = len(others)
    return Rollout(
        rows=_numpy(rows),
        layers=tuple(range(start, last + 1)),
        layer_names=tuple(call.name for call in calls),
        query=at,
        tokens=observation.tokens,
        fusion=fusion,
        discard=discard,
        residual=residual,
        row_sum_error=_numpy(errors),
        collapse=_numpy(collapse),
        compared=compared,
        photo=observation.photo,
    )


@torch.no_grad()
def rollout_of_reading(
    observation: Observation,
    reading: Float[Tensor, " tokens"],
    *,
    fusion: Fusion = "mean",
    discard: float = 0.0,
    residual: float = 0.5,
) -> Float[Tensor, "batch tokens"]:
    """The rollout after the last layer of tokens weighted by `reading`, as of all patches of a model that averages
    them: reading · A_L … A_1. Options and errors as of `rollout`.
    """
    _check(discard, residual)
    prefix = observation.tokens.prefix if observation.tokens else 0
    maps = LayerMaps(fusion, discard, residual, prefix, BLOCK_BYTES)
    carried = reading.expand(observation.calls[0].queries.shape[0], -1)
    for call in reversed(observation.calls):
        below = torch.zeros_like(carried)
        for start, block in maps.blocks(square(call)):
            below = below + (carried[:, None, start : start + block.shape[1]] @ block.to(carried.dtype))[:, 0]
        carried = below
    return carried


def _check(discard: float, residual: float) -> None:
    if not 0 <= discard < 1:
        raise ControlError(f"The discard ratio cannot be {discard}", why="it is a share from 0 to below 1")
    if not 0 <= residual <= 1:
        raise ControlError(f"The residual weight cannot be {residual}", why="it is a share from 0 to 1")


def mean_cosine(rows: Float[Tensor, "batch rows tokens"]) -> Float[Tensor, " batch"]:
    """Mean cosine between different rows, from |Σ unit rows|²; NaN for fewer than two."""
    count = rows.shape[1]
    if count < 2:
        return rows.new_full((len(rows),), torch.nan)
    units = rows.double() / rows.double().norm(dim=-1, keepdim=True)
    return ((units.sum(1).square().sum(-1) - count) / (count * (count - 1))).to(rows.dtype)


def _dense(calls: list[AttentionCall], maps: LayerMaps, query: int) -> tuple[Tensor, Tensor, Tensor]:
    """Rows, row-sum errors and collapse of every depth, from the running N x N product."""
    product: Tensor | None = None
    rows, errors, collapse = [], [], []
    for call in calls:
        product = maps.whole(call) if product is None else maps.whole(call) @ product
        rows.append(product[:, query].clone())
        errors.append(_row_sum_error(product))
        collapse.append(mean_cosine(product))
    return torch.stack(rows, 1), torch.stack(errors, 1), torch.stack(collapse, 1)


def _streamed(
    calls: list[AttentionCall], maps: LayerMaps, query: int, others: list[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """The same without N x N: chains of vectors for each depth, carried down in one pass over the layers.

    The chain of depth l begins with rows of A_l; every lower map then multiplies it from the right, so that
    one visit to a map's blocks serves the chains of all depths above it.
    """
    followed = [query, *others]
    chains = maps.some(calls[-1], followed)  # B, (depths so far) · followed, N, the last depth first
    for call in reversed(calls[:-1]):
        carried = torch.zeros_like(chains)
        begun: dict[int, Tensor] = {}
        for start, block in maps.blocks(call):
            stop = start + block.shape[1]
            carried += chains[:, :, start:stop] @ block
            begun |= {at: block[:, at - start].clone() for at in followed if start <= at < stop}
        fresh = torch.stack([begun[at] for at in followed], 1)
        chains = torch.cat([carried, fresh], 1)
    # depths, B, followed, N
    depths = chains.unflatten(1, (len(calls), len(followed))).flip(1).transpose(0, 1)
    rows = depths[:, :, 0].transpose(0, 1)
    errors = torch.stack([_row_sum_error(depth) for depth in depths], 1)
    collapse = torch.stack([mean_cosine(depth[:, 1:]) for depth in depths], 1)
    return rows, errors, collapse


def _row_sum_error(rows: Float[Tensor, "batch rows tokens"]) -> Float[Tensor, " batch"]:
    return (rows.sum(-1, dtype=torch.float64) - 1).abs().amax(-1).to(rows.dtype)


def _numpy(values: Tensor) -> np.ndarray:
    return values.cpu().numpy().copy()
