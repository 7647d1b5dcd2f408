import math

import numpy as np
import pytest
import torch

from explorer.analysis.self_attention import STEPS, self_attention
from explorer.errors import ControlError, UnsupportedModel
from explorer.tap import Change
from tests.analysis.given_matrices import from_embeddings
from tests.analysis.written_out import pictures, small_vit

HEADS, TOKENS, DIM, WIDTH = 3, 5, 4, 6


def given():
    make = torch.Generator().manual_seed(3)
    shapes = [(TOKENS, WIDTH)] + [(WIDTH, HEADS * DIM)] * 3 + [(HEADS * DIM, WIDTH)]
    x, *weights = (torch.randn(shape, generator=make, dtype=torch.float64) for shape in shapes)
    return x, weights


def written_out(x, weights, *, scale=None, temperature=1.0, causal=False, hidden=(), silent=()):
    """Output, one number at a time."""
    to_q, to_k, to_v, to_o = (weight.numpy() for weight in weights)
    q, k, v = x.numpy() @ to_q, x.numpy() @ to_k, x.numpy() @ to_v
    scale = 1 / math.sqrt(DIM) if scale is None else scale
    joined = np.zeros((TOKENS, HEADS * DIM))
    for head in range(HEADS):
        at = slice(head * DIM, (head + 1) * DIM)
        for i in range(TOKENS):
            seen = [j for j in range(TOKENS) if j not in hidden and not (causal and j > i)]
            raised = {j: math.exp(q[i, at] @ k[j, at] * scale / temperature) for j in seen}
            for j in seen:
                joined[i, at] += raised[j] / sum(raised.values()) * v[j, at]
        if head in silent:
            joined[:, at] = 0
    return joined @ to_o


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(), {}),
        (Change(scale=1.0), {"scale": 1.0}),
        (Change(temperature=0.2), {"temperature": 0.2}),
        (Change(causal=True), {"causal": True}),
        (Change(heads=(1,)), {"silent": (1,)}),
        (Change(tokens=(0, 3)), {"hidden": (0, 3)}),
        (Change(tokens=(1,), causal=True, heads=(0,)), {"hidden": (1,), "causal": True, "silent": (0,)}),
    ],
)
def test_every_change_equals_the_sum_written_out(change, said):
    x, weights = given()
    result = from_embeddings(x, weights, heads=HEADS, change=change)
    np.testing.assert_allclose(result.output, written_out(x, weights, **said), atol=1e-12)
    np.testing.assert_allclose(result.output_before, written_out(x, weights), atol=1e-12)
    assert (result.moved.max() > 0.01) == (not change.nothing)


def test_a_query_that_may_see_nothing_gets_zeros():
    x, weights = given()
    result = from_embeddings(x, weights, heads=HEADS, change=Change(tokens=(0,), causal=True))
    assert not result.weights[:, 0].any()
    np.testing.assert_allclose(result.weights[:, 1:].sum(-1), 1)


def test_a_cell_is_the_product_of_its_two_vectors():
    result = from_embeddings(*given(), heads=HEADS)
    query, key, product = result.product_of(2, 4, 1)
    assert sum(a * b for a, b in zip(query, key, strict=True)) == pytest.approx(product)
    assert result.scaled[1, 2, 4] == pytest.approx(product / 2)


def inside(module, layer, x):
    """What hooks see in a layer of timm's transformer: x, q, k, v and the projected output."""
    block, kept, handles = module.blocks[layer], {}, []
    for name, part in (("x", block.norm1), ("qkv", block.attn.qkv), ("output", block.attn.proj)):
        handles.append(part.register_forward_hook(lambda m, i, o, name=name: kept.update({name: o[0]})))
    handles.append(block.attn.proj.register_forward_pre_hook(lambda m, i: kept.update(joined=i[0][0])))
    kept["logits"] = module(x)[0]
    for handle in handles:
        handle.remove()
    return kept


@pytest.mark.parametrize("prefix", [0, 1, 5])
def test_the_steps_of_a_vit_are_the_models_own_tensors(prefix):
    module, x = small_vit(prefix), pictures(1)
    own = inside(module, 1, x)
    result = self_attention(module, x, 1)
    q, k, v = (item.unflatten(-1, (2, 8)).transpose(0, 1) for item in own["qkv"].chunk(3, -1))
    for ours, theirs in (
        (result.embeddings, own["x"]),
        (result.queries, q),
        (result.keys, k),
        (result.values, v),
        (result.joined, own["joined"]),
        (result.output, own["output"]),
        (result.prediction, own["logits"]),
    ):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-5)


def test_silencing_a_head_is_what_zeroing_its_part_of_the_projection_does():
    module, x = small_vit(1), pictures(2)
    result = self_attention(module, x, 1, change=Change(heads=(1,)), sample=1)
    np.testing.assert_allclose(result.prediction, module(x)[1].numpy(), atol=1e-12)
    module.blocks[1].attn.proj.weight[:, 8:] = 0
    np.testing.assert_allclose(result.prediction_changed, module(x)[1].numpy(), atol=1e-12)
    assert np.abs(result.prediction - result.prediction_changed).max() > 1e-6


def test_steps_come_in_order_with_rows_of_tokens():
    result = from_embeddings(*given(), heads=HEADS)
    shapes = [result.step(name, 2).values.shape for name in STEPS]
    square, head, wide = (TOKENS, TOKENS), (TOKENS, DIM), (TOKENS, WIDTH)
    assert shapes == [wide, head, head, head, square, square, square, head, (TOKENS, HEADS * DIM), wide]


@pytest.mark.parametrize(
    "change",
    [Change(heads=(3,)), Change(tokens=(5,)), Change(tokens=tuple(range(5))), Change(temperature=0.0)],
)
def test_what_cannot_be_changed_is_refused(change):
    with pytest.raises(ControlError):
        from_embeddings(*given(), heads=HEADS, change=change)


def test_a_layer_that_is_not_there_and_a_model_without_layers_are_refused():
    with pytest.raises(ControlError, match="no attention layer 3"):
        self_attention(small_vit(1), pictures(1), 3)
    with pytest.raises(UnsupportedModel, match="step by step"):
        self_attention(torch.nn.Flatten().eval(), pictures(1), 0)
