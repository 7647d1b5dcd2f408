"""How far, how widely and at what the heads of every layer look, averaged over the patches."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attention import square
from explorer.analysis.blocks import BLOCK_BYTES, row_blocks
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError
from explorer.geometry import Grid, TokenLayout
from explorer.tap import AttentionCall, Observation

__all__ = ["HeadStatistics", "head_statistics", "offset_distances", "radius_holding", "uniform_distance"]


@dataclass(frozen=True, eq=False)
class HeadStatistics(Result):
    """Averages over all patches as queries, and over the pictures of the batch; prefix tokens are no queries.

    For distance, radii and `by_offset` the prefix tokens are left out as keys too, and each query's weights
    on the patches renormalised to sum to 1; a query with no weight on any patch is left out of them.
    """

    layer_names: tuple[str, ...]
    tokens: TokenLayout
    distance: Float[np.ndarray, "layers heads"]
    """Mean attention distance in input pixels: Σ weight x distance between the patches' centres, averaged
    over queries (Dosovitskiy et al. 2021, fig. 7)."""
    radius_50: Float[np.ndarray, "layers heads"]
    """Radius in input pixels around the query that holds 50 % of the attention to patches, of the average
    over queries by offset."""
    radius_90: Float[np.ndarray, "layers heads"]
    """The same for 90 %."""
    entropy: Float[np.ndarray, "layers heads"]
    """Bits of a row over all tokens, the prefix among them."""
    on_self: Float[np.ndarray, "layers heads"]
    """Share of a row on the query itself."""
    on_prefix: Float[np.ndarray, "layers heads"]
    """Share of a row on the prefix tokens."""
    by_offset: Float[np.ndarray, "layers heads rows columns"]
    """Mean weight by offset key - query, (2 rows - 1) x (2 columns - 1) cells with offset (0, 0) in the
    middle; sums to 1 (Cordonnier et al. 2020)."""

    def arrays(self) -> Arrays:
        return {
            name: (getattr(self, name), "input pixels") for name in ("distance", "radius_50", "radius_90")
        }

    def numbers(self) -> Numbers:
        return {
            "first layer": (float(self.distance[0].mean()), "px"),
            "last layer": (float(self.distance[-1].mean()), "px"),
            "uniform attention": (uniform_distance(self.tokens.grid), "px"),
        }

    def alt(self) -> str:
        layer, head = np.unravel_index(int(np.nanargmax(self.distance)), self.distance.shape)
        return (
            "One mark for each head and layer, higher where attention reaches farther; the farthest, "
            f"{np.nanmax(self.distance):.3g} pixels on average, is head {head + 1} of layer {layer + 1}."
        )


@torch.no_grad()
def head_statistics(observation: Observation, *, block_bytes: int = BLOCK_BYTES) -> HeadStatistics:
    """The statistics of every head of every layer. No N x N map is held: rows are made in blocks.

    Raises:
        AnalysisError: the tokens have no known place in a picture.
        UnsupportedModel: the model has no attention.
    """
    observation.call(0)
    tokens = observation.tokens
    if tokens is None:
        raise AnalysisError(
            "These heads have no distance", why="the tokens of this model have no known place in a picture"
        )
    layers = [_layer(square(call), tokens, block_bytes) for call in observation.calls]
    by_offset = np.stack([layer.by_offset for layer in layers])
    distances = offset_distances(tokens.grid)
    return HeadStatistics(
        layer_names=tuple(call.name for call in observation.calls),
        tokens=tokens,
        distance=(by_offset * distances).sum((-2, -1)),
        radius_50=radius_holding(by_offset, distances, share=0.5),
        radius_90=radius_holding(by_offset, distances, share=0.9),
        entropy=np.stack([layer.entropy for layer in layers]),
        on_self=np.stack([layer.on_self for layer in layers]),
        on_prefix=np.stack([layer.on_prefix for layer in layers]),
        by_offset=by_offset,
    )


def offset_distances(grid: Grid) -> Float[np.ndarray, "rows columns"]:
    """Length in input pixels of each offset between cells, laid out as `HeadStatistics.by_offset`."""
    down = np.arange(1 - grid.rows, grid.rows) * grid.cell_height
    across = np.arange(1 - grid.columns, grid.columns) * grid.cell_width
    return np.hypot(down[:, None], across)


def radius_holding(
    mass: Float[np.ndarray, "*maps rows columns"],
    distances: Float[np.ndarray, "rows columns"],
    *,
    share: float,
) -> Float[np.ndarray, "*maps"]:
    """Radius of the disc that holds `share` of each map's mass, in the unit of `distances`.

    Each cell's mass lies at its centre. Between two neighbouring distances that occur in the map, the mass
    held is taken to grow linearly; if the cells at distance 0 hold the share already, the radius is 0. NaN
    for a map without mass.
    """
    rings, ring_of = np.unique(distances.round(6), return_inverse=True)
    flat = mass.reshape(-1, distances.size).astype(np.float64)
    radii = np.empty(len(flat))
    for at, cells in enumerate(flat):
        held = np.bincount(ring_of.ravel(), cells, len(rings)).cumsum()
        wanted = share * held[-1]
        ring = int(np.searchsorted(held, wanted))
        if held[-1] <= 0:
            radii[at] = np.nan
        elif ring == 0:
            radii[at] = rings[0]
        else:
            part = (wanted - held[ring - 1]) / (held[ring] - held[ring - 1])
            radii[at] = rings[ring - 1] + part * (rings[ring] - rings[ring - 1])
    return radii.reshape(mass.shape[:-2])


def uniform_distance(grid: Grid) -> float:
    """The mean attention distance of a head that attends to all patches alike, in input pixels."""
    rows = grid.rows - np.abs(np.arange(1 - grid.rows, grid.rows))
    columns = grid.columns - np.abs(np.arange(1 - grid.columns, grid.columns))
    pairs = rows[:, None] * columns
    return float((pairs * offset_distances(grid)).sum() / pairs.sum())


@dataclass(frozen=True, eq=False)
class _Layer:
    by_offset: np.ndarray
    entropy: np.ndarray
    on_self: np.ndarray
    on_prefix: np.ndarray


def _layer(call: AttentionCall, tokens: TokenLayout, block_bytes: int) -> _Layer:
    grid, prefix = tokens.grid, tokens.prefix
    sums = torch.zeros(call.heads, 2 * grid.rows - 1, 2 * grid.columns - 1, device=call.keys.device)
    sums = sums.to(call.keys.dtype if call.keys.dtype == torch.float64 else torch.float32)
    entropy, on_self, on_prefix = (np.zeros(call.heads) for _ in range(3))
    counted = np.zeros(call.heads)
    for start, block in row_blocks(call, max_bytes=block_bytes):
        skipped = max(0, prefix - start)
        rows = block[:, :, skipped:]  # B, h, patch queries, N
        first = start + skipped - prefix
        if rows.shape[2] == 0:
            continue
        entropy += _sum(torch.special.entr(rows)) / np.log(2)
        on_self += _sum(rows.diagonal(prefix + first, -2, -1))
        on_prefix += _sum(rows[..., :prefix])
        patches = rows[..., prefix:]
        held = patches.sum(-1, keepdim=True)
        patches = torch.where(held > 0, patches / held, 0.0).sum(0)  # h, queries, patches
        counted += (held[..., 0] > 0).sum((0, 2)).cpu().numpy()
        _add_by_offset(sums, patches, grid, first)
    queries = len(grid) * call.queries.shape[0]
    with np.errstate(invalid="ignore"):
        by_offset = sums.double().cpu().numpy() / counted[:, None, None]
    return _Layer(by_offset, entropy / queries, on_self / queries, on_prefix / queries)


def _sum(values: Tensor) -> np.ndarray:
    """Sum over all but the heads, in double precision."""
    return values.flatten(2).sum(-1, dtype=torch.float64).sum(0).cpu().numpy()


def _add_by_offset(sums: Tensor, patches: Tensor, grid: Grid, first: int) -> None:
    """Add each query's map (heads x rows x columns) to the sums, moved so that the query is in the middle."""
    for at, weights in enumerate(patches.unbind(1)):
        row, column = divmod(first + at, grid.columns)
        top, left = grid.rows - 1 - row, grid.columns - 1 - column
        sums[:, top : top + grid.rows, left : left + grid.columns] += weights.unflatten(
            -1, (grid.rows, grid.columns)
        )
