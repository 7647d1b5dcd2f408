"""Against the definitions, written out by loops over layers, heads and tokens in double precision."""

from functools import partial

import numpy as np
import pytest
import torch

from explorer.analysis.attribution import METHODS, attribute
from explorer.errors import ControlError, UnsupportedModel
from explorer.geometry import Cell
from explorer.tap import observe_with_gradients
from tests.analysis.written_out import PREFIXES, pictures, rollout_of, small_vit, weights_of

TARGETS = (2, 0, 3)


@pytest.fixture(scope="module", params=sorted(PREFIXES))
def seen(request):
    """The model, three pictures, every layer's weights and gradients (batch x heads x N x N), and what is read."""
    model, x = small_vit(request.param), pictures(3)
    weights = weights_of(model, x)
    observation = observe_with_gradients(
        model, x
    )  # its gradients are compared with difference quotients elsewhere
    score = sum(observation.output[b, target] for b, target in enumerate(TARGETS))
    gradients = torch.autograd.grad(score, [call.weights() for call in observation.calls])
    count = weights[0].shape[-1]
    reading = np.zeros(count)
    if request.param == 0:
        reading[:] = 1 / count
    else:
        reading[: 2 if request.param == 2 else 1] = 1 / (2 if request.param == 2 else 1)
    return request.param, model, x, weights, [gradient.numpy() for gradient in gradients], reading


def on_patches(rows: np.ndarray, prefix: int) -> np.ndarray:
    return rows[:, prefix:].reshape(-1, 3, 4)


def test_attention_is_the_last_layers_row(seen):
    prefix, model, x, weights, _, reading = seen
    wanted = np.stack(
        [sum(reading[i] * weights[-1][b].mean(0)[i] for i in range(len(reading))) for b in range(3)]
    )
    np.testing.assert_allclose(
        attribute(model, x, "attention").values, on_patches(wanted, prefix), atol=1e-12
    )


@pytest.mark.parametrize("options", [{}, {"fusion": "max", "discard": 0.4, "residual": 0.3}])
def test_rollout_is_the_product_of_all_layers(seen, options):
    prefix, model, x, weights, _, reading = seen
    message = {"fusion": "mean", "discard": 0.0, "residual": 0.5, **options}
    product = rollout_of(weights, **message, prefix=prefix)[:, -1]
    result = attribute(model, x, "rollout", **options).values
    np.testing.assert_allclose(
        result, on_patches(np.einsum("i,bij->bj", reading, product), prefix), atol=1e-12
    )


def test_relevance_follows_the_rule_of_the_paper(seen):
    prefix, model, x, weights, gradients, reading = seen
    rows = []
    for b in range(3):
        count = len(reading)
        relevance = np.eye(count)
        for attention, gradient in zip(weights, gradients, strict=True):
            heads = len(attention[b])
            positive = np.zeros((count, count))
            for head in range(heads):
                for i in range(count):
                    for j in range(count):
                        positive[i, j] += max(0.0, attention[b, head, i, j] * gradient[b, head, i, j]) / heads
            relevance = relevance + positive @ relevance
        rows.append(reading @ (relevance - np.eye(count)))
    result = attribute(model, x, "relevance", targets=TARGETS).values
    np.testing.assert_allclose(result, on_patches(np.stack(rows), prefix), atol=1e-10)
    patch = attribute(model, x, "relevance", targets=TARGETS, query=Cell(1, 2)).values
    assert patch.shape == result.shape
    assert not np.allclose(patch, result)


def test_gradient_rollout_weighs_heads_by_the_gradient(seen):
    prefix, model, x, weights, gradients, reading = seen
    rows = []
    for b in range(3):
        product = np.eye(len(reading))
        for attention, gradient in zip(weights, gradients, strict=True):
            fused = np.maximum(
                np.mean([a * g for a, g in zip(attention[b], gradient[b], strict=True)], axis=0), 0
            )
            mixed = fused + np.eye(len(reading))
            product = (mixed / mixed.sum(-1, keepdims=True)) @ product
        rows.append(reading @ product)
    result = attribute(model, x, "gradient-rollout", targets=TARGETS).values
    np.testing.assert_allclose(result, on_patches(np.stack(rows), prefix), atol=1e-10)


def test_legrad_reads_the_class_after_every_layer(seen):
    prefix, model, x, weights, _, _ = seen
    total = np.zeros((3, weights[0].shape[-1]))
    for layer in range(3):
        kept: list[torch.Tensor] = []
        keep = partial(lambda kept, part, given, out: kept.append(out), kept)
        handle = model.blocks[layer].register_forward_hook(keep)
        observation = observe_with_gradients(model, x)
        handle.remove()
        logits = model.forward_head(model.norm(kept[0]))
        score = sum(logits[b, target] for b, target in enumerate(TARGETS))
        (gradient,) = torch.autograd.grad(score, observation.calls[layer].weights())
        total += np.maximum(gradient.numpy(), 0).mean((1, 2)) / 3
    result = attribute(model, x, "legrad", targets=TARGETS).values
    np.testing.assert_allclose(result, on_patches(total, prefix), atol=1e-12)


@pytest.mark.parametrize(
    "method", ["attention", "rollout", "gradient-rollout", "relevance", "legrad", "flow", "grad-cam"]
)
def test_three_pictures_at_once_are_three_alone(method):
    model, x = small_vit(5), pictures(3)
    together = attribute(model, x, method, targets=TARGETS).values
    for b, target in enumerate(TARGETS):
        alone = attribute(model, x[b : b + 1], method, targets=target).values[0]
        np.testing.assert_allclose(together[b], alone, atol=1e-12)


@pytest.mark.parametrize("method", [name for name, item in METHODS.items() if name != "deep-lift"])
def test_another_class_changes_the_map_of_those_that_know_classes(method):
    model, x = small_vit(1), pictures(1)
    options = {"steps": 8} if method == "integrated-gradients" else {}
    one, other = (attribute(model, x, method, targets=target, **options) for target in (0, 1))
    assert np.array_equal(one.values, other.values) != METHODS[method].class_specific
    assert (one.targets is None) != METHODS[method].class_specific


@pytest.mark.parametrize("method", ["gradient-rollout", "relevance", "legrad", "grad-cam"])
def test_where_nothing_speaks_for_the_class_the_map_is_empty_and_a_number(method):
    model, x = small_vit(1), pictures(2)
    model.head.weight.data.zero_()
    result = attribute(model, x, method, targets=0).values
    assert np.isfinite(result).all()
    assert np.ptp(result) == pytest.approx(0, abs=1e-12)


def test_what_cannot_be_asked_is_a_sentence():
    model, x = small_vit(1), pictures(1)
    with pytest.raises(ControlError, match="no class 4"):
        attribute(model, x, "relevance", targets=4)
    with pytest.raises(ControlError, match="2 classes are given for 1"):
        attribute(model, x, "relevance", targets=(0, 1))
    with pytest.raises(ControlError, match="no method called"):
        attribute(model, x, "tea leaves")
    with pytest.raises(ControlError, match="no option steps"):
        attribute(model, x, "relevance", steps=3)
    with pytest.raises(ControlError, match="discard"):
        attribute(model, x, "rollout", discard=1.0)
    with pytest.raises(UnsupportedModel, match="DeepLIFT does not apply"):
        attribute(model, x, "deep-lift")
    with pytest.raises(UnsupportedModel, match="training"):
        attribute(small_vit(1).train(), x, "saliency")
