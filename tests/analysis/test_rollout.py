import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.analysis.rollout import mean_cosine, rollout
from explorer.errors import AnalysisError, ControlError, UnsupportedModel
from explorer.geometry import Cell
from explorer.tap import Observation, observe
from tests.analysis.largest import Largest
from tests.analysis.written_out import (
    PREFIXES,
    layout,
    observed,
    pictures,
    random_maps,
    rollout_of,
    small_vit,
    weights_of,
)

WAYS = {"held": {"whole": True}, "carried": {"whole": False, "block_bytes": 3000, "compared": 99}}


@pytest.fixture(scope="module", params=sorted(PREFIXES))
def seen(request):
    model, x = small_vit(request.param), pictures()
    return request.param, weights_of(model, x), model, x


@pytest.mark.parametrize("residual", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("discard", [0.0, 0.4, 0.9])
@pytest.mark.parametrize("fusion", ["mean", "max", "min"])
def test_rollout_equals_the_written_out_reference(seen, fusion, discard, residual):
    prefix, weights, model, x = seen
    options = {"fusion": fusion, "discard": discard, "residual": residual}
    observation = observe(model, x)
    for start, stop in ((0, 2), (1, 1)):
        expected = rollout_of(weights, **options, prefix=prefix, start=start, stop=stop)
        for way in WAYS.values():
            for query in (0, prefix + 11):
                result = rollout(observation, query=query, start=start, stop=stop, **options, **way)
                np.testing.assert_allclose(result.rows, expected[:, :, query], atol=1e-12)
                assert result.layers == tuple(range(start, stop + 1))


@pytest.mark.parametrize("discard", [0.0, 0.4])
def test_single_precision_differs_by_rounding_only(seen, discard):
    prefix, weights, model, x = seen
    expected = rollout_of(weights, fusion="mean", discard=discard, residual=0.5, prefix=prefix)
    observation = observe(copy.deepcopy(model).float(), x.float())
    for way in WAYS.values():
        result = rollout(observation, query=prefix, discard=discard, **way)
        assert result.rows.dtype == np.float32
        np.testing.assert_allclose(result.rows, expected[:, :, prefix], atol=1e-6)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("discard", [0.0, 0.7])
@pytest.mark.parametrize("fusion", ["mean", "max", "min"])
def test_rows_sum_to_one_for_every_fusion_and_picture(fusion, discard, way):
    maps = random_maps(4, 3, 2, 13, sharpness=3.0)
    result = rollout(observed(maps, layout(3, 4)), fusion=fusion, discard=discard, **WAYS[way])
    np.testing.assert_allclose(result.rows.sum(-1), 1, atol=1e-12)
    assert result.row_sum_error.max() < 1e-12


def test_each_picture_of_a_batch_is_as_if_alone():
    maps = random_maps(3, 2, 2, 13, sharpness=3.0)
    together = rollout(observed(maps, layout(3, 4)), discard=0.8)
    for sample in (0, 1):
        alone = rollout(observed([item[sample : sample + 1] for item in maps], layout(3, 4)), discard=0.8)
        np.testing.assert_allclose(together.rows[sample], alone.rows[0], atol=1e-12)
        np.testing.assert_allclose(together.collapse[sample], alone.collapse[0], atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("prefix", [1, 2, 5])
def test_the_discard_spares_every_row_of_every_prefix_column(prefix, way):
    tokens = layout(3, 4, prefix)
    maps = random_maps(1, 1, 2, len(tokens))
    fused = maps[0][0].mean(0)
    for query in range(len(tokens)):
        result = rollout(observed(maps, tokens), query=query, discard=0.95, residual=0.0, **WAYS[way])
        assert (result.rows[0, 0, :prefix] > 0).all()
        kept = fused[query] * (result.rows[0, 0] > 0)
        np.testing.assert_allclose(result.rows[0, 0], kept / kept.sum(), atol=1e-12)


@pytest.mark.parametrize("discard", [0.1, 0.5, 0.9])
def test_the_discard_takes_the_lowest_share_of_the_whole_map(discard):
    tokens = layout(3, 4)
    maps = random_maps(1, 1, 1, 13)
    rows = [
        rollout(observed(maps, tokens), query=q, discard=discard, residual=0.0).rows[0, 0] for q in range(13)
    ]
    gone = np.array(rows)[:, 1:] == 0
    patches = maps[0][0, 0][:, 1:]
    assert gone.sum() == int(discard * patches.size)
    assert patches[gone].max() < patches[~gone].min()


def test_a_row_that_lost_everything_stays_with_its_token():
    weights = np.array([[[[0.1, 0.9], [0.4, 0.6]]]])
    result = rollout(observed([weights], layout(1, 2, prefix=0)), query=1, discard=0.75, residual=0.0)
    assert result.rows[0, 0].tolist() == [0.0, 1.0]


def test_layers_are_multiplied_from_the_last_to_the_first():
    swap, forget = np.array([[0.0, 1], [1, 0]]), np.array([[1.0, 0], [1, 0]])
    observation = observed([swap[None, None], forget[None, None]])
    for way in WAYS.values():
        result = rollout(observation, query=1, residual=0.0, **way)
        assert result.rows[0, 1].tolist() == [0.0, 1.0]  # forget sends 1 to 0, and swap sends 0 to 1


def test_the_residual_alone_leaves_every_token_itself():
    result = rollout(observed(random_maps(3, 1, 2, 9), layout(2, 4)), query=Cell(1, 1), residual=1.0)
    assert (result.rows == np.eye(9)[6]).all()
    assert result.collapse.max() == pytest.approx(0)


def test_random_attention_collapses_with_depth():
    for way in ({"whole": True}, {"whole": False}):
        result = rollout(observed(random_maps(12, 1, 1, 37), layout(6, 6)), **way).collapse[0]
        assert result[0] < 0.15
        assert result[5] > 0.9
        assert result[11] > 0.98
        assert (np.diff(result) > 0).all()


def test_attention_to_one_token_collapses_at_once():
    same = np.zeros((1, 1, 10, 10))
    same[..., 3] = 1
    result = rollout(observed([same], layout(3, 3)), residual=0.0)
    assert result.collapse[0, 0] == pytest.approx(1)


def test_the_mean_cosine_is_that_of_all_pairs():
    rows = torch.rand(2, 7, 9, dtype=torch.float64)
    for sample, result in zip(rows, mean_cosine(rows), strict=True):
        pairs = [
            float(sample[i] @ sample[j] / sample[i].norm() / sample[j].norm())
            for i in range(7)
            for j in range(7)
            if i != j
        ]
        assert float(result) == pytest.approx(sum(pairs) / len(pairs))
    assert torch.isnan(mean_cosine(rows[:, :1])).all()


@settings(max_examples=25)
@given(
    tokens=st.integers(2, 30),
    layers=st.integers(1, 4),
    batch=st.integers(1, 2),
    block=st.integers(1, 5000),
    compared=st.integers(0, 5),
    discard=st.sampled_from([0.0, 0.33, 0.9]),
    fusion=st.sampled_from(["mean", "max", "min"]),
    data=st.data(),
)
def test_both_ways_agree_whatever_the_blocks(tokens, layers, batch, block, compared, discard, fusion, data):
    observation = observed(random_maps(layers, batch, 2, tokens, sharpness=2.0))
    options = {"query": data.draw(st.integers(0, tokens - 1)), "discard": discard, "fusion": fusion}
    held = rollout(observation, **options, whole=True)
    carried = rollout(observation, **options, whole=False, block_bytes=block, compared=compared)
    np.testing.assert_allclose(held.rows, carried.rows, atol=1e-12)
    if compared >= tokens:
        np.testing.assert_allclose(held.collapse, carried.collapse, atol=1e-9)
    assert carried.compared == min(compared, tokens)
    assert np.isnan(carried.collapse).all() == (carried.compared < 2)


@pytest.mark.parametrize("discard", [0.0, 0.5])
def test_the_carried_way_never_holds_all_pairs(discard):
    tokens = 500
    observation = observed(random_maps(2, 1, 1, tokens))
    rows = 40
    with Largest() as largest:
        rollout(observation, query=0, discard=discard, whole=False, compared=4, block_bytes=8 * tokens * rows)
    # The radix selection counts 2¹⁶ digits, however many tokens there are.
    assert largest.elements <= max(tokens * rows, 1 << 16)


def test_a_rows_depth_is_asked_by_layer():
    result = rollout(observed(random_maps(4, 2, 1, 5), layout(2, 2)), start=1)
    assert result.layers == (1, 2, 3)
    assert (result.row(2, sample=1) == result.rows[1, 1]).all()
    for wrong in ({"layer": 0}, {"layer": 4}, {"layer": 2, "sample": 2}):
        with pytest.raises(ControlError):
            result.row(**wrong)


@pytest.mark.parametrize(
    "asked",
    [
        {"discard": 1.0},
        {"discard": -0.1},
        {"discard": float("nan")},
        {"residual": 1.1},
        {"residual": float("nan")},
        {"start": 2, "stop": 1},
        {"start": 3},
        {"stop": 3},
        {"query": 5},
        {"query": "register 1"},
    ],
)
def test_options_out_of_range_are_refused(asked):
    observation = observed(random_maps(3, 1, 1, 5), layout(2, 2))
    with pytest.raises(ControlError):
        rollout(observation, **asked)


def test_models_that_cannot_be_followed_are_refused():
    with pytest.raises(UnsupportedModel):
        rollout(Observation(None, (), {}, None))
    with pytest.raises(AnalysisError, match="other tokens"):
        rollout(observed([np.ones((1, 1, 5, 3)) / 3]), query=0)
    with pytest.raises(AnalysisError, match="changes from layer to layer"):
        rollout(observed([np.eye(4)[None, None], np.eye(5)[None, None]]), query=0)
