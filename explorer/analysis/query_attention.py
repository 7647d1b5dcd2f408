"""What object queries and encoder tokens of a DETR attend to."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.analysis.attention import entropy_bits
from explorer.analysis.detection import DetrOutput
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import ControlError
from explorer.geometry import Cell, Grid
from explorer.images import Photo

__all__ = [
    "CellMap",
    "CellMaps",
    "CellMapsApart",
    "QueryAttention",
    "cross_attention",
    "encoder_attention",
    "query_attention",
]

SHARE = "share of the row"
VACUOUS = (
    "The first layer's self-attention carries no information: it starts from the same zeros for every query, so all "
    "values are equal and every weighted sum of them is the same."
)


@dataclass(frozen=True, eq=False)
class CellMaps(Result):
    """Attention over the feature map's cells, of each head of each layer asked for."""

    weights: Float[np.ndarray, "layers heads rows columns"]
    """Shares that sum to 1 over the cells that show the picture; NaN in a letterbox's margins."""
    layers: tuple[int, ...]
    grid: Grid
    source: str
    """Whose attention it is, in words."""
    cell: Cell | None = None
    """The clicked cell, for the encoder."""
    query: int | None = None
    photo: Photo | None = None

    def map(self, layer: int | None = None, head: int | None = None) -> Float[np.ndarray, "rows columns"]:
        """One layer (None: the last of them) of one head, or the mean of the heads.

        Raises:
            ControlError: it was not asked for.
        """
        at = (
            len(self.layers) - 1
            if layer is None
            else self.layers.index(layer)
            if layer in self.layers
            else -1
        )
        if at < 0:
            raise ControlError(f"There is no layer {layer} here", do=f"choose among {self.layers}")
        if head is None:
            return self.weights[at].mean(0)
        if not 0 <= head < self.weights.shape[1]:
            raise ControlError(
                f"There is no head {head}", why=f"the layer has heads 0 to {self.weights.shape[1] - 1}"
            )
        return self.weights[at, head]

    def by_layer(self, head: int | None = None) -> "CellMapsApart":
        """Every layer's map of one head, or of the heads' mean."""
        return CellMapsApart(np.stack([self.map(layer, head) for layer in self.layers]), "layer")

    def by_head(self) -> "CellMapsApart":
        """Every head's map of the first layer asked for."""
        return CellMapsApart(self.weights[0], "head")


@dataclass(frozen=True, eq=False)
class CellMap(Result):
    """One map of attention over the cells, of the selected cell."""

    weights: Float[np.ndarray, "rows columns"]
    cell: Cell

    def arrays(self) -> Arrays:
        return {"attention": (self.weights, SHARE)}

    def numbers(self) -> Numbers:
        return {
            "sum of the row": (float(np.nansum(self.weights)), ""),
            "on itself": (float(self.weights[self.cell.row, self.cell.column]), ""),
        }

    def alt(self) -> str:
        return f"The picture with each cell shaded by the weight that the selected cell gives it; {_largest(self.weights)}."


@dataclass(frozen=True, eq=False)
class CellMapsApart(Result):
    """Maps of attention over the cells, one for each layer or each head."""

    weights: Float[np.ndarray, "maps rows columns"]
    of: str
    """What each is of: "layer" or "head"."""

    @property
    def entropy(self) -> Float[np.ndarray, " maps"]:
        """Bits of each map; a letterbox's margins have no share."""
        return entropy_bits(np.nan_to_num(self.weights).reshape(len(self.weights), -1))

    def arrays(self) -> Arrays:
        return {"attention": (self.weights, SHARE)}

    def alt(self) -> str:
        at = int(np.nanmax(self.weights, (1, 2)).argmax())
        return f"{len(self.weights)} small maps, one for each {self.of}; in {self.of} {at + 1} {_largest(self.weights[at])}."


@dataclass(frozen=True, eq=False)
class QueryAttention(Result):
    """What each query attends to among the queries, in one decoder layer."""

    weights: Float[np.ndarray, "queries queries"]
    """Rows sum to 1: row i is what query i attends to."""
    layer: int
    head: int | None
    """None: the mean of the heads."""

    @property
    def note(self) -> str:
        """What must be known before reading it; empty for layers after the first."""
        return VACUOUS if self.layer == 0 else ""

    def arrays(self) -> Arrays:
        return {"attention": (self.weights, SHARE)}

    def of_query(self, query: int) -> Numbers:
        """What one query attends to."""
        row = self.weights[query]
        most = int(np.where(np.arange(len(row)) == query, -1, row).argmax())
        return {
            "on itself": (float(row[query]), ""),
            "most on another": (float(row[most]), f"on query {most}"),
        }

    def alt(self) -> str:
        row, column = np.unravel_index(int(self.weights.argmax()), self.weights.shape)
        return (
            f"A matrix of {len(self.weights)} queries by queries; brighter is more attention, the largest, "
            f"{self.weights.max():.3g}, is of query {row} to query {column}."
        )


def encoder_attention(sight: DetrOutput, cell: Cell, *, layer: int | None = None) -> CellMaps:
    """One token's row in an encoder layer, or in all of them.

    Raises:
        ControlError: there is no such layer or cell, or the cell shows nothing of the picture.
    """
    row = sight.grid.index(cell)
    if not sight.inside[cell.row, cell.column]:
        raise ControlError(
            f"The cell ({cell.row}, {cell.column}) shows nothing of the picture",
            why="it lies in the margin that the letterbox added",
            do="choose one on the picture",
        )
    layers = _layers(layer, sight.encoder_layers, "encoder")
    return CellMaps(
        np.stack([_folded(sight.calls[layer].row(row)[0], sight.inside) for layer in layers]),
        layers,
        sight.grid,
        f"the cell in row {cell.row + 1}, column {cell.column + 1}",
        cell=cell,
        photo=sight.photo,
    )


def cross_attention(sight: DetrOutput, query: int, *, layer: int | None = None) -> CellMaps:
    """A query's row over the encoder's tokens in a decoder layer, or in all of them.

    Content and position both enter the scores, as the model computes them.

    Raises:
        ControlError: there is no such query or layer.
    """
    query = sight.query(query)
    layers = _layers(layer, sight.decoder_layers, "decoder")
    calls = [sight.calls[sight.encoder_layers + 2 * layer + 1] for layer in layers]
    return CellMaps(
        np.stack([_folded(call.row(query)[0], sight.inside) for call in calls]),
        layers,
        sight.grid,
        f"query {query}",
        query=query,
        photo=sight.photo,
    )


def query_attention(sight: DetrOutput, layer: int, *, head: int | None = None) -> QueryAttention:
    """The queries' attention to each other in a decoder layer, of one head or of the heads' mean.

    Raises:
        ControlError: there is no such layer or head.
    """
    (layer,) = _layers(layer, sight.decoder_layers, "decoder")
    weights = sight.calls[sight.encoder_layers + 2 * layer].weights()[0].float().cpu().numpy()
    if head is not None and not 0 <= head < len(weights):
        raise ControlError(f"There is no head {head}", why=f"the layer has heads 0 to {len(weights) - 1}")
    return QueryAttention(weights.mean(0) if head is None else weights[head], layer, head)


@torch.no_grad()
def _folded(rows: Float[Tensor, "heads tokens"], inside: Bool[np.ndarray, "rows columns"]) -> np.ndarray:
    """Rows over all tokens as maps, heads x rows x columns. Margins are among the tokens and must stay until
    here: a mask that leaves a rectangle would otherwise be folded at the wrong width."""
    maps = rows.float().cpu().numpy().reshape(len(rows), *inside.shape)
    return np.where(inside, maps, np.float32(np.nan))


def _largest(weights: np.ndarray) -> str:
    row, column = np.unravel_index(int(np.nanargmax(weights)), weights.shape)
    return f"the largest, {np.nanmax(weights):.3g}, is on ({row + 1}, {column + 1})"


def _layers(layer: int | None, depth: int, kind: str) -> tuple[int, ...]:
    if layer is None:
        return tuple(range(depth))
    if not 0 <= layer < depth:
        raise ControlError(f"There is no {kind} layer {layer}", why=f"the model has layers 0 to {depth - 1}")
    return (layer,)
