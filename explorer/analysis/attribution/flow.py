"""Attention flow: the most that can stream from a token of the picture to what is read (Abnar and Zuidema 2020).

Every layer's map, heads averaged and half mixed with the identity, is a layer of pipes. The flow of a patch is the
maximum flow through all of them. That is one flow problem for each patch, so patches are taken together to a coarse grid.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow
from torch import Tensor

from explorer.analysis.attribution.context import AttributionContext
from explorer.analysis.blocks import row_blocks
from explorer.geometry import Cell, Grid, TokenLayout
from explorer.tap import AttentionCall, observe

__all__ = ["coarse_grid", "flow", "flows"]

LARGEST = 8
"""Rows and columns of patches, or of groups of them, at most."""
UNIT = 10**8
"""Capacities are whole numbers of this part of the row."""


def flow(context: AttributionContext) -> tuple[Float[Tensor, "batch rows columns"], Grid]:
    """The flow of every cell of the coarse grid."""
    layout, seen = context.layout, observe(context.model, context.x)
    grid = coarse_grid(layout.grid)
    group = _groups(layout, grid)
    reading = context.reading().double().cpu().numpy() @ group
    pooled = [_pooled(call, group) for call in seen.calls]
    maps_of_samples = []
    for sample in range(len(context.x)):
        maps = [layer[sample] for layer in pooled]

        def on_progress(done: int, of: int, before: int = sample) -> None:
            context.on_progress(before * of + done, of * len(context.x))

        sources = range(layout.prefix, layout.prefix + len(grid))
        maps_of_samples.append(flows(maps, reading, sources, on_progress).reshape(grid.rows, grid.columns))
    return torch.from_numpy(np.stack(maps_of_samples)), grid


def flows(
    maps: Sequence[Float[np.ndarray, "tokens tokens"]],
    reading: Float[np.ndarray, " tokens"],
    sources: Sequence[int],
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> Float[np.ndarray, " sources"]:
    """Maximum flow from each source at the first layer's input to the tokens read, through (I + A) / 2 of every map.

    The pipes into what is read are as wide as `reading` says, of sum 1. Exact to 1e-8 of a row.
    """
    layers, tokens = len(maps), len(reading)
    end = (layers + 1) * tokens
    starts, ends, widths = [], [], []
    for layer, attention in enumerate(maps):
        pipe = np.rint((attention + np.eye(tokens)) / 2 * UNIT).astype(np.int32)
        query, key = pipe.nonzero()
        starts.append(layer * tokens + key)
        ends.append((layer + 1) * tokens + query)
        widths.append(pipe[query, key])
    read = reading.nonzero()[0]
    starts.append(layers * tokens + read)
    ends.append(np.full(len(read), end))
    widths.append(np.rint(reading[read] * UNIT).astype(np.int32))
    joined = [np.concatenate(parts) for parts in (widths, starts, ends)]
    graph = csr_array((joined[0], (joined[1], joined[2])), shape=(end + 1, end + 1))
    values = []
    for done, source in enumerate(sources):
        on_progress(done, len(sources))
        values.append(maximum_flow(graph, int(source), end).flow_value / UNIT)
    return np.array(values)


def coarse_grid(grid: Grid) -> Grid:
    """The grid itself, or one of at most eight rows and columns over the same area."""
    return Grid(min(grid.rows, LARGEST), min(grid.columns, LARGEST), grid.height, grid.width)


def _groups(layout: TokenLayout, grid: Grid) -> np.ndarray:
    """tokens x groups, 1 where a token belongs to a group; prefix tokens are groups of their own."""
    fine = layout.grid
    group = np.zeros((len(layout), layout.prefix + len(grid)))
    group[: layout.prefix, : layout.prefix] = np.eye(layout.prefix)
    for index in range(len(fine)):
        cell = fine.cell(index)
        near = Cell(cell.row * grid.rows // fine.rows, cell.column * grid.columns // fine.columns)
        group[layout.prefix + index, layout.prefix + grid.index(near)] = 1
    return group


def _pooled(call: AttentionCall, group: np.ndarray) -> Float[np.ndarray, "batch groups groups"]:
    """Heads averaged; mean over the queries of a group, sum over the keys of a group: rows still sum to 1."""
    mean = (group / group.sum(0)).T
    pooled = np.zeros((len(call.queries), group.shape[1], group.shape[1]))
    for start, rows in row_blocks(call):
        fused = rows.mean(1).double().cpu().numpy() @ group
        pooled += mean[:, start : start + rows.shape[2]] @ fused
    return pooled
