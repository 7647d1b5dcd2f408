import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.heads import head_statistics, radius_holding, uniform_distance
from explorer.errors import AnalysisError, UnsupportedModel
from explorer.geometry import Grid
from explorer.tap import Observation
from tests.analysis.largest import Largest
from tests.analysis.written_out import PREFIXES, layout, observed, random_maps


def slow(weights: np.ndarray, tokens) -> dict[str, float]:
    """The averages of one head, from its maps batch x N x N, a query at a time."""
    prefix, grid = tokens.prefix, tokens.grid
    sums = dict.fromkeys(("distance", "entropy", "on_self", "on_prefix"), 0.0)
    queries = 0
    for one in weights:
        for q in range(len(grid)):
            row = one[prefix + q]
            queries += 1
            sums["entropy"] += -sum(w * math.log2(w) for w in row if w > 0)
            sums["on_self"] += row[prefix + q]
            sums["on_prefix"] += sum(row[:prefix])
            held = sum(row[prefix:])
            for k in range(len(grid)):
                down = (q // grid.columns - k // grid.columns) * grid.cell_height
                across = (q % grid.columns - k % grid.columns) * grid.cell_width
                sums["distance"] += row[prefix + k] / held * math.hypot(down, across)
    return {name: value / queries for name, value in sums.items()}


@pytest.mark.parametrize("prefix", sorted(PREFIXES))
@pytest.mark.parametrize("block_bytes", [1, 1000, 1 << 24])
def test_averages_are_those_of_the_written_out_loops(prefix, block_bytes):
    tokens = layout(3, 4, prefix, cell=(8, 14))
    weights = random_maps(2, 2, 3, len(tokens), sharpness=2.0, seed=prefix)
    result = head_statistics(observed(weights, tokens), block_bytes=block_bytes)
    for layer in range(2):
        for head in range(3):
            for name, value in slow(weights[layer][:, head], tokens).items():
                assert getattr(result, name)[layer, head] == pytest.approx(value, rel=1e-6, abs=1e-9), name


def test_attention_to_oneself_has_no_distance_and_no_radius():
    result = head_statistics(observed([np.eye(13)[None, None]], layout(3, 4)))
    assert result.distance == result.radius_50 == result.radius_90 == result.entropy == 0
    assert result.on_self == 1


def test_even_attention_has_the_distance_of_all_pairs():
    tokens = layout(5, 3, cell=(8, 16))
    result = head_statistics(observed([np.full((1, 1, 16, 16), 1 / 16)], tokens))
    pairs = [
        math.hypot(8 * (a - c), 16 * (b - d))
        for a in range(5)
        for b in range(3)
        for c in range(5)
        for d in range(3)
    ]
    assert result.distance[0, 0] == pytest.approx(sum(pairs) / len(pairs))
    assert uniform_distance(tokens.grid) == pytest.approx(sum(pairs) / len(pairs))


def test_attention_to_the_right_neighbour_is_one_cell_by_offset():
    tokens = layout(2, 5, prefix=0)
    weights = np.zeros((1, 1, 10, 10))
    for q in range(10):
        weights[0, 0, q, q + 1 if q % 5 < 4 else q] = 1
    result = head_statistics(observed([weights], tokens))
    middle = (1, 4)
    assert result.by_offset[0, 0][middle] == pytest.approx(0.2)
    assert result.by_offset[0, 0][middle[0], middle[1] + 1] == pytest.approx(0.8)
    assert result.by_offset.sum() == pytest.approx(1)
    assert result.distance[0, 0] == pytest.approx(0.8 * 8)


def test_queries_that_see_no_patch_are_left_out_of_the_distance():
    tokens = layout(1, 2)
    weights = np.array([[[[1.0, 0, 0], [1, 0, 0], [0, 0.5, 0.5]]]])
    assert head_statistics(observed([weights], tokens)).distance[0, 0] == pytest.approx(4)


def test_radius_is_interpolated_between_rings():
    distances = np.array([[1.0, 0.0, 1.0, 3.0]])
    mass = np.array([[0.1, 0.4, 0.1, 0.4]])  # held: 0.4 at 0, 0.6 at 1, 1.0 at 3
    assert radius_holding(mass, distances, share=0.3) == 0
    assert radius_holding(mass, distances, share=0.5) == pytest.approx(0.5)
    assert radius_holding(mass, distances, share=0.9) == pytest.approx(1 + 0.75 * 2)
    assert radius_holding(7 * mass, distances, share=0.9) == pytest.approx(2.5)
    assert np.isnan(radius_holding(0 * mass, distances, share=0.5))


@given(st.lists(st.floats(0, 1), min_size=12, max_size=12), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_larger_share_needs_no_smaller_radius(mass, one, other):
    mass = np.array(mass).reshape(3, 4) + 1e-9
    distances = np.hypot(*np.mgrid[:3, :4])
    small, large = sorted((one, other))
    first, second = (float(radius_holding(mass, distances, share=share)) for share in (small, large))
    assert 0 <= first <= second <= math.hypot(2, 3)


def test_no_map_of_all_tokens_is_ever_held():
    tokens = layout(20, 20)
    weights = random_maps(1, 1, 2, 401)
    observation = observed(weights, tokens)
    with Largest() as largest:
        head_statistics(observation, block_bytes=8 * 401 * 2 * 20)
    assert largest.elements <= 2 * 401 * 20


def test_models_without_attention_or_places_are_refused():
    with pytest.raises(UnsupportedModel):
        head_statistics(Observation(None, (), {}, layout(2, 2)))
    with pytest.raises(AnalysisError):
        head_statistics(observed(random_maps(1, 1, 1, 4)))
    with pytest.raises(AnalysisError, match="other tokens"):
        head_statistics(observed([np.ones((1, 1, 5, 3)) / 3], layout(2, 2)))


def test_the_grid_may_be_anything():
    assert uniform_distance(Grid(1, 1, 16, 16)) == 0
