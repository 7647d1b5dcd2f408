"""Each way of calling scaled_dot_product_attention, judged by attention applied to one-hot values.

softmax(q kᵀ) applied to the identity matrix is the weights themselves, so PyTorch's own kernel says what each
weight is, whatever mask, scale or grouping it was given.
"""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from explorer.errors import ControlError, UnsupportedModel
from explorer.tap.calls import AttentionCall
from explorer.tap.watch import Watch

BATCH, HEADS, QUERIES, KEYS, WIDTH = 2, 4, 5, 7, 6


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def seen_and_true(q: Tensor, k: Tensor, **options: object) -> tuple[AttentionCall, Tensor]:
    one_hot = torch.eye(k.shape[-2], dtype=k.dtype).expand(*k.shape[:-1], k.shape[-2])
    with Watch() as watch:
        true = scaled_dot_product_attention(q, k, one_hot, **options)
    (call,) = watch.calls
    return call, true


MASKS = {
    "none": {},
    "scale": {"scale": 1.7},
    "bias of every head": {"attn_mask": drawn(BATCH, HEADS, QUERIES, KEYS, seed=3)},
    "bias shared by the batch": {"attn_mask": drawn(1, HEADS, QUERIES, KEYS, seed=3)},
    "bias of two axes": {"attn_mask": drawn(QUERIES, KEYS, seed=3)},
    "bias of the keys": {"attn_mask": drawn(BATCH, 1, 1, KEYS, seed=3)},
    "mask": {"attn_mask": drawn(QUERIES, KEYS, seed=4) > -0.5},
    "mask of padded keys": {
        "attn_mask": (torch.arange(KEYS) < 4)[None, None, None].expand(BATCH, 1, 1, KEYS)
    },
    "minus infinity": {
        "attn_mask": torch.zeros(QUERIES, KEYS).index_fill(1, torch.tensor([2, 5]), -math.inf)
    },
    "causal": {"is_causal": True},
}


@pytest.mark.parametrize("options", MASKS.values(), ids=MASKS.keys())
def test_weights_are_those_of_the_kernel(options: dict):
    q, k = drawn(BATCH, HEADS, QUERIES, WIDTH), drawn(BATCH, HEADS, KEYS, WIDTH, seed=1)
    call, true = seen_and_true(q, k, **options)
    torch.testing.assert_close(call.weights(), true, atol=1e-6, rtol=0)
    torch.testing.assert_close(call.rows(2, 4), true[:, :, 2:4], atol=1e-6, rtol=0)
    torch.testing.assert_close(call.row(4), true[:, :, 4], atol=1e-6, rtol=0)


@pytest.mark.parametrize("options", MASKS.values(), ids=MASKS.keys())
def test_the_open_way_gives_the_same_output(options: dict):
    q, k, v = (drawn(BATCH, HEADS, n, WIDTH, seed=n) for n in (QUERIES, KEYS, KEYS))
    with Watch(in_graph=True):
        open_output = scaled_dot_product_attention(q, k, v, **options)
    torch.testing.assert_close(
        open_output, scaled_dot_product_attention(q, k, v, **options), atol=1e-5, rtol=0
    )


def test_a_query_that_may_see_nothing_gets_nothing():
    q, k = drawn(1, 1, 3, WIDTH), drawn(1, 1, 4, WIDTH, seed=1)
    mask = torch.ones(3, 4, dtype=torch.bool)
    mask[1] = False
    call, true = seen_and_true(q, k, attn_mask=mask)
    assert torch.equal(call.weights()[0, 0, 1], torch.zeros(4))
    torch.testing.assert_close(call.weights(), true, atol=1e-6, rtol=0)


def test_grouped_queries_share_their_keys():
    q, k = drawn(BATCH, HEADS, QUERIES, WIDTH), drawn(BATCH, 2, KEYS, WIDTH, seed=1)
    call, true = seen_and_true(q, k, enable_gqa=True)
    torch.testing.assert_close(call.weights(), true, atol=1e-6, rtol=0)
    assert call.heads == HEADS


def test_a_call_without_heads_has_one():
    q, k, mask = (
        drawn(BATCH, QUERIES, WIDTH),
        drawn(BATCH, KEYS, WIDTH, seed=1),
        drawn(BATCH, QUERIES, KEYS, seed=2),
    )
    call, true = seen_and_true(q, k, attn_mask=mask)
    torch.testing.assert_close(call.weights()[:, 0], true, atol=1e-6, rtol=0)


def test_half_precision_is_weighed_in_single():
    q, k = (drawn(1, 1, n, WIDTH, seed=n).bfloat16() for n in (QUERIES, KEYS))
    call, _ = seen_and_true(q, k)
    assert call.weights().dtype == torch.float32
    exact = ((q.double() @ k.double().transpose(-2, -1)) / math.sqrt(WIDTH)).softmax(-1)
    torch.testing.assert_close(call.weights().double(), exact, atol=1e-6, rtol=0)


def test_the_tensors_of_the_call_are_kept_and_not_copied():
    q, k = drawn(1, 2, QUERIES, WIDTH), drawn(1, 2, KEYS, WIDTH)
    call, _ = seen_and_true(q, k)
    assert call.queries is q
    assert call.keys is k


def test_dropout_is_refused():
    q = drawn(1, 1, QUERIES, WIDTH)
    with pytest.raises(UnsupportedModel, match="training mode"), Watch():
        scaled_dot_product_attention(q, q, q, dropout_p=0.1)


def test_windows_of_five_axes_are_refused():
    q = drawn(1, 2, 2, QUERIES, WIDTH)
    with pytest.raises(UnsupportedModel, match="5 axes"), Watch():
        scaled_dot_product_attention(q, q, q)


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 3), (0, QUERIES + 1)])
def test_rows_that_do_not_exist_are_refused(start: int, stop: int):
    q = drawn(1, 1, QUERIES, WIDTH)
    call, _ = seen_and_true(q, q)
    with pytest.raises(ControlError, match="no queries"):
        call.rows(start, stop)
