import math

import numpy as np
import pytest
import torch

from explorer.analysis.attention import attention_maps, attention_row, token_title
from explorer.errors import AnalysisError, ControlError
from explorer.geometry import Cell
from explorer.tap import observe
from tests.analysis.written_out import (
    PREFIXES,
    layout,
    observed,
    pictures,
    random_maps,
    small_vit,
    weights_of,
)


@pytest.fixture(scope="module", params=sorted(PREFIXES))
def seen(request):
    """A model with 0, 1, 2 or 5 prefix tokens: its prefix, its attention written out, and as observed."""
    model, x = small_vit(request.param), pictures()
    return request.param, weights_of(model, x), observe(model, x)


def test_maps_are_the_models_own_weights_for_every_token_and_picture(seen):
    prefix, weights, observation = seen
    for layer, expected in enumerate(weights):
        for sample in (0, 1):
            for query in range(prefix + 12):
                maps = attention_maps(observation, layer, query=query, sample=sample)
                np.testing.assert_allclose(maps.weights, expected[sample, :, query], atol=1e-9)


def test_a_query_is_named_by_prefix_token_or_patch(seen):
    prefix, weights, observation = seen
    patch = attention_maps(observation, 1, query=Cell(2, 3))
    assert patch.query == prefix + 2 * 4 + 3
    np.testing.assert_allclose(patch.weights, weights[1][0, :, prefix + 11], atol=1e-9)
    for place, name in enumerate(PREFIXES[prefix]):
        assert attention_maps(observation, 0, query=name).query == place


@pytest.mark.parametrize(("head", "expected"), [("mean", np.mean), ("max", np.max), ("min", np.min)])
def test_heads_are_fused_entry_by_entry(seen, head, expected):
    _, weights, observation = seen
    row = attention_row(observation, 2, query=3, head=head, sample=1)
    np.testing.assert_allclose(row.weights, expected(weights[2][1, :, 3], axis=0), atol=1e-9)


def test_one_head_is_that_head(seen):
    _, weights, observation = seen
    np.testing.assert_allclose(
        attention_row(observation, 0, query=1, head=1).weights, weights[0][0, 1, 1], atol=1e-9
    )


def test_a_model_without_a_class_token_says_so():
    observation = observe(small_vit(0), pictures(1))
    with pytest.raises(ControlError, match=r"no class token.*Choose a patch"):
        attention_maps(observation, 0, query="class")


@pytest.mark.parametrize(
    "asked",
    [
        {"layer": 3},
        {"layer": -1},
        {"query": 13},
        {"query": -1},
        {"query": Cell(3, 0)},
        {"sample": 2},
        {"head": 2},
    ],
)
def test_what_is_not_there_is_refused(asked):
    observation = observe(small_vit(1), pictures())
    asked = {"layer": 0, "query": 0} | asked
    with pytest.raises(ControlError):
        attention_row(observation, asked.pop("layer"), **asked)


def test_entropy_is_zero_for_one_token_and_log_n_for_all_alike():
    one, even = np.eye(13)[None, None], np.full((1, 1, 13, 13), 1 / 13)
    assert attention_maps(observed([one], layout(3, 4)), 0, query=5).entropy == pytest.approx([0.0])
    assert attention_maps(observed([even], layout(3, 4)), 0, query=5).entropy == pytest.approx(
        [math.log2(13)]
    )


def test_distance_is_weighted_by_attention_to_patches_only():
    weights = random_maps(1, 1, 2, 14, sharpness=2.0)
    tokens = layout(3, 4, prefix=2, cell=(8, 16))
    result = attention_maps(observed(weights, tokens), 0, query=Cell(1, 2))
    for head in range(2):
        row, total, held = weights[0][0, head, result.query], 0.0, 0.0
        for r in range(3):
            for c in range(4):
                weight = row[2 + 4 * r + c]
                total += weight * math.sqrt((8 * (r - 1)) ** 2 + (16 * (c - 2)) ** 2)
                held += weight
        assert result.distance[head] == pytest.approx(total / held, rel=1e-9)
        assert result.on_prefix[head] == pytest.approx(row[0] + row[1])


def test_a_prefix_token_has_no_distance():
    result = attention_maps(observed(random_maps(1, 1, 2, 13), layout(3, 4)), 0, query="class")
    assert np.isnan(result.distance).all()


def test_tokens_without_a_place_have_no_distance():
    result = attention_maps(observed(random_maps(1, 1, 2, 13)), 0, query=4)
    with pytest.raises(AnalysisError, match="no place in a picture"):
        _ = result.distance


def test_words_count_from_one():
    tokens = layout(3, 4, prefix=2)
    assert token_title(tokens, 1) == "distillation token"
    assert token_title(tokens, 2 + 4 + 2) == "patch (2, 3)"
    assert token_title(None, 0) == "token 1"


def test_half_precision_rows_are_summed_in_single():
    model = small_vit(1).to(torch.bfloat16)
    maps = attention_maps(observe(model, pictures(1).to(torch.bfloat16)), 0, query="class")
    assert maps.weights.dtype == np.float32
    np.testing.assert_allclose(maps.weights.sum(-1), 1, atol=1e-6)
