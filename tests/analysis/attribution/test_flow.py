import networkx
import numpy as np
import pytest

from explorer.analysis.attribution import attribute
from explorer.analysis.attribution.flow import coarse_grid, flows
from explorer.geometry import Grid
from tests.analysis.written_out import pictures, small_vit, weights_of


def by_networkx(maps: list[np.ndarray], reading: np.ndarray, source: int) -> float:
    graph, count = networkx.DiGraph(), len(reading)
    for layer, attention in enumerate(maps):
        pipes = (attention + np.eye(count)) / 2
        for query in range(count):
            for key in range(count):
                graph.add_edge((layer, key), (layer + 1, query), capacity=float(pipes[query, key]))
    for token in range(count):
        graph.add_edge((len(maps), token), "end", capacity=float(reading[token]))
    return float(networkx.maximum_flow_value(graph, (0, source), "end"))


@pytest.mark.parametrize("seed", range(4))
def test_flow_is_networkxs_maximum_flow(seed: int):
    random = np.random.default_rng(seed)
    maps = [random.dirichlet(np.full(5, 0.3), size=5) for _ in range(3)]
    reading = random.dirichlet(np.ones(5)) if seed % 2 else np.eye(5)[0]
    result = flows(maps, reading, range(5))
    wanted = [by_networkx(maps, reading, source) for source in range(5)]
    np.testing.assert_allclose(result, wanted, atol=1e-6)


def test_flow_of_a_transformer_is_that_of_its_own_maps():
    model, x = small_vit(5), pictures(1)
    maps = [layer[0].mean(0) for layer in weights_of(model, x)]
    reading = np.eye(len(maps[0]))[0]
    result = attribute(model, x, "flow").values[0].ravel()
    for patch in (0, 7, 11):
        assert result[patch] == pytest.approx(by_networkx(maps, reading, 5 + patch), abs=1e-6)


def test_many_patches_are_taken_together():
    assert coarse_grid(Grid(16, 5, 128, 40)) == Grid(8, 5, 128, 40)
    assert coarse_grid(Grid(3, 4, 24, 32)) == Grid(3, 4, 24, 32)
