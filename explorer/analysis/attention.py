"""What one token attends to, in one layer: a row of softmax(q kᵀ / √d), head by head."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError, ControlError
from explorer.geometry import Cell, TokenLayout
from explorer.images import Photo
from explorer.tap import AttentionCall, Observation

__all__ = [
    "FUSIONS",
    "AttentionMaps",
    "AttentionRow",
    "Fusion",
    "as_fusion",
    "attention_maps",
    "attention_row",
    "fuse",
    "query_index",
]

Fusion = Literal["mean", "max", "min"]
FUSIONS: tuple[Fusion, ...] = ("mean", "max", "min")
Query = int | str | Cell


@dataclass(frozen=True, eq=False)
class AttentionRow(Result):
    """One query's weights over all tokens, of one head or of all heads fused."""

    weights: Float[np.ndarray, " tokens"]
    """Shares that sum to 1; fused by max or min they sum to more or less."""
    layer: int
    layer_name: str
    head: int | Fusion
    query: int
    tokens: TokenLayout | None
    photo: Photo | None = None

    @property
    def title(self) -> str:
        return f"layer {self.layer + 1}, {head_title(self.head)}, {token_title(self.tokens, self.query)}"

    @property
    def largest(self) -> str:
        """The token with the largest weight."""
        return token_title(self.tokens, int(self.weights.argmax()))

    def arrays(self) -> Arrays:
        unit = "share of the row"
        maps: Arrays = {} if self.tokens is None else {"map": (self.tokens.map(self.weights), unit)}
        return {"attention": (self.weights, unit), **maps}

    def numbers(self) -> Numbers:
        numbers: Numbers = {
            "sum of the row": (float(self.weights.sum()), ""),
            "largest weight": (float(self.weights.max()), f"on {self.largest}"),
        }
        if self.head not in ("max", "min"):  # their rows are no distributions
            numbers["entropy"] = (float(entropy_bits(self.weights[None])[0]), "bits")
        if self.tokens is not None and self.tokens.prefix:
            numbers["on tokens that are no patch"] = (float(self.weights[: self.tokens.prefix].sum()), "")
        return numbers

    def alt(self) -> str:
        return (
            "The picture with each patch shaded by its attention weight; the largest, "
            f"{self.weights.max():.3g}, lies on {self.largest}."
        )


@dataclass(frozen=True, eq=False)
class AttentionMaps(Result):
    """One query's weights over all tokens, in every head of a layer. Each row sums to 1."""

    weights: Float[np.ndarray, "heads tokens"]
    layer: int
    layer_name: str
    query: int
    tokens: TokenLayout | None
    photo: Photo | None = None

    @property
    def heads(self) -> int:
        return self.weights.shape[0]

    @property
    def entropy(self) -> Float[np.ndarray, " heads"]:
        """Bits of each head's row, all tokens counted: 0 for one token, log2 N for all alike."""
        return entropy_bits(self.weights)

    @property
    def distance(self) -> Float[np.ndarray, " heads"]:
        """Mean distance in input pixels from the query's centre to the patches' centres.

        The prefix tokens are left out and the rest renormalised. NaN for a prefix token, which has no place.
        """
        layout = _layout(self.tokens)
        if self.query < layout.prefix:
            return np.full(self.heads, np.nan)
        patches = self.weights[:, layout.prefix :].astype(np.float64)
        at = self.query - layout.prefix
        with np.errstate(invalid="ignore"):
            return (patches * centre_distances(layout)[at]).sum(-1) / patches.sum(-1)

    @property
    def on_prefix(self) -> Float[np.ndarray, " heads"]:
        """Share of each head's row that lies on the prefix tokens."""
        return self.weights[:, : _layout(self.tokens).prefix].sum(-1)

    def row(self, head: int | Fusion = "mean") -> AttentionRow:
        """One head, or all fused.

        Raises:
            ControlError: there is no such head or fusion.
        """
        if isinstance(head, int):
            if not 0 <= head < self.heads:
                raise ControlError(
                    f"There is no head {head}", why=f"the layer has heads 0 to {self.heads - 1}"
                )
            weights = self.weights[head]
        else:
            weights = fuse(torch.from_numpy(self.weights)[None, :, None], head)[0, 0].numpy()
        return AttentionRow(weights, self.layer, self.layer_name, head, self.query, self.tokens, self.photo)

    def arrays(self) -> Arrays:
        unit = "share of the row"
        arrays: Arrays = {"attention": (self.weights, unit)}
        if self.tokens is not None:
            arrays["map"] = (self.tokens.map(self.weights), unit)
        arrays["entropy"] = (self.entropy, "bit")
        if self.tokens is not None and self.query >= self.tokens.prefix:  # others have no place
            arrays["distance"] = (self.distance, "input pixels")
        return arrays

    def numbers(self) -> Numbers:
        return {f"head {head + 1}": (float(bits), "bit") for head, bits in enumerate(self.entropy)}

    def alt(self) -> str:
        head, token = np.unravel_index(int(self.weights.argmax()), self.weights.shape)
        return (
            f"{self.heads} small maps, one for each head, of the weights over the patches; the largest, "
            f"{self.weights.max():.3g}, is head {head + 1}'s on {token_title(self.tokens, int(token))}."
        )


@torch.no_grad()
def attention_maps(
    observation: Observation, layer: int, *, query: Query = "class", sample: int = 0
) -> AttentionMaps:
    """The rows of one query in every head of a layer, counted from 0.

    `query` is a token's index, a prefix token's name or a patch's cell; `sample` is a place in the batch.

    Raises:
        ControlError: there is no such layer, token or sample.
    """
    call = observation.call(layer)
    if not 0 <= sample < call.queries.shape[0]:
        raise ControlError(
            f"There is no picture {sample} in the batch", why=f"it has {call.queries.shape[0]}"
        )
    at = query_index(observation.tokens, query, call.tokens)
    weights = call.row(at)[sample].cpu().numpy()
    return AttentionMaps(weights, layer, call.name, at, observation.tokens, observation.photo)


def attention_row(
    observation: Observation,
    layer: int,
    *,
    query: Query = "class",
    head: int | Fusion = "mean",
    sample: int = 0,
) -> AttentionRow:
    """The row of one query in one head of a layer, or in all heads fused. Raises as `attention_maps`."""
    return attention_maps(observation, layer, query=query, sample=sample).row(head)


def fuse(weights: Float[Tensor, "batch heads rows keys"], fusion: Fusion) -> Float[Tensor, "batch rows keys"]:
    """All heads in one: their mean, largest or smallest weight, entry by entry.

    Raises:
        ControlError: there is no such fusion.
    """
    if fusion == "mean":
        return weights.mean(1)
    if fusion == "max":
        return weights.amax(1)
    if fusion == "min":
        return weights.amin(1)
    raise ControlError(f"There is no fusion called {fusion!r}", do=f"choose one of {', '.join(FUSIONS)}")


def as_fusion(word: str) -> Fusion:
    """The fusion of that name. Raises as `fuse`."""
    if word not in FUSIONS:
        raise ControlError(f"There is no fusion called {word!r}", do=f"choose one of {', '.join(FUSIONS)}")
    return word


def query_index(tokens: TokenLayout | None, query: Query, count: int) -> int:
    """The place of a query among `count` tokens, from its index, a prefix token's name or a patch's cell.

    Raises:
        ControlError: there is no such token.
    """
    if not isinstance(query, int):
        return _layout(tokens).index(query)
    if not 0 <= query < count:
        raise ControlError(f"There is no token {query}", why=f"the model has tokens 0 to {count - 1}")
    return query


def square(call: AttentionCall) -> AttentionCall:
    """The call itself, if its queries and keys are the same tokens.

    Raises:
        AnalysisError: it is cross attention.
    """
    if call.tokens != call.keys.shape[2]:
        raise AnalysisError(
            f"{call.name} cannot be followed",
            why=f"its {call.tokens} queries attend to {call.keys.shape[2]} other tokens",
        )
    return call


def token_title(tokens: TokenLayout | None, index: int) -> str:
    """A token in words, which count from 1: "class token", "patch (3, 5)" by row and column, or a number."""
    if tokens is None:
        return f"token {index + 1}"
    if index < tokens.prefix:
        return f"{tokens.prefix_names[index]} token"
    cell = tokens.grid.cell(index - tokens.prefix)
    return f"patch ({cell.row + 1}, {cell.column + 1})"


def head_title(head: int | Fusion) -> str:
    return f"head {head + 1}" if isinstance(head, int) else f"{head} of heads"


def entropy_bits(weights: Float[np.ndarray, "*rows keys"]) -> Float[np.ndarray, "*rows"]:
    """-Σ w log2 w of each row, with 0 log 0 = 0."""
    exact = weights.astype(np.float64)
    logs = np.log2(exact, out=np.zeros_like(exact), where=exact > 0)
    return -(exact * logs).sum(-1)


def centre_distances(tokens: TokenLayout) -> Float[np.ndarray, "patches patches"]:
    """Distances between the centres of all pairs of patches, in input pixels."""
    grid = tokens.grid
    rows, columns = np.divmod(np.arange(len(grid)), grid.columns)
    down = (rows[:, None] - rows) * grid.cell_height
    across = (columns[:, None] - columns) * grid.cell_width
    return np.hypot(down, across)


def _layout(tokens: TokenLayout | None) -> TokenLayout:
    if tokens is None:
        raise AnalysisError(
            "These tokens have no place in a picture",
            why="the model is no vision transformer of a known layout",
        )
    return tokens
