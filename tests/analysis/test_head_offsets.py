"""Attention by offset is the average over every pair of patches, one after the other."""

import numpy as np
import pytest

from explorer.analysis.head_offsets import head_offsets
from explorer.analysis.heads import head_statistics
from tests.analysis.written_out import PREFIXES, layout, observed, random_maps


@pytest.mark.parametrize("prefix", sorted(PREFIXES))
@pytest.mark.parametrize("shape", [(4, 7), (6, 5), (2, 3)])
def test_offsets_and_shares_are_those_of_the_loop_over_pairs(prefix, shape):
    tokens = layout(*shape, prefix)
    weights = random_maps(2, 1, 3, len(tokens), sharpness=2.0, seed=prefix)
    result = head_offsets(head_statistics(observed(weights, tokens)))
    rows, columns = shape
    for layer in range(2):
        for head in range(3):
            maps = np.zeros((2 * rows - 1, 2 * columns - 1))
            near = {1: 0.0, 2: 0.0}
            even = {1: 0.0, 2: 0.0}
            for q in range(rows * columns):
                row = weights[layer][0, head][prefix + q][prefix:]
                for k in range(rows * columns):
                    down, across = k // columns - q // columns, k % columns - q % columns
                    share = row[k] / row.sum() / (rows * columns)
                    maps[down + rows - 1, across + columns - 1] += share
                    for cells in near:
                        if abs(down) <= cells and abs(across) <= cells:
                            near[cells] += share
                            even[cells] += 1 / (rows * columns) ** 2
            np.testing.assert_allclose(result.by_offset[layer, head], maps, rtol=1e-5, atol=1e-8)
            assert result.within_one[layer, head] == pytest.approx(near[1], rel=1e-5)
            assert result.within_two[layer, head] == pytest.approx(near[2], rel=1e-5)
    assert result.uniform_one == pytest.approx(even[1])
    assert result.uniform_two == pytest.approx(even[2])
