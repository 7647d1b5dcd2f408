"""Gradients by attention weights that are never made, against autograd's by weights in the graph."""

import pytest
import torch

from explorer.errors import UnsupportedModel
from explorer.tap import observe, observe_backward, observe_with_gradients
from tests.tap.families import FAMILIES, Family

family_by_name = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
CLASSES = torch.tensor([[2], [5]])


def score(seen):
    return seen.output.gather(1, CLASSES)[:, 0]


@family_by_name
def test_gradients_are_autograds_in_every_family(family: Family):
    net, x = family.build().double(), family.pictures(2).double()
    opened = observe_with_gradients(net, x)
    wanted = torch.autograd.grad(score(opened).sum(), [call.weights() for call in opened.calls])
    seen, calls = observe_backward(net, x, score)
    assert torch.equal(seen.output.detach(), observe(net, x).output)
    assert len(calls) == len(wanted)
    for call, plain, gradient in zip(calls, opened.calls, wanted, strict=True):
        weights, result = call.rows(0, call.tokens)
        torch.testing.assert_close(weights, plain.weights().detach(), atol=1e-9, rtol=1e-9)
        torch.testing.assert_close(result, gradient, atol=1e-9 * float(gradient.abs().max() + 1), rtol=1e-6)
        torch.testing.assert_close(call.rows(1, 3)[1], result[:, :, 1:3], atol=1e-12, rtol=0)


def test_each_layer_may_have_a_score_of_its_own():
    family = FAMILIES["ViT, class token"]
    net, x = family.build().double(), family.pictures(2).double()
    _, calls = observe_backward(net, x, lambda seen: [seen.output[:, layer] for layer in range(3)])
    for layer in range(3):
        _, alone = observe_backward(net, x, lambda seen, layer=layer: seen.output[:, layer])
        torch.testing.assert_close(calls[layer].output_gradient, alone[layer].output_gradient)


def test_a_layer_that_does_not_matter_has_no_gradient():
    family = FAMILIES["ViT, class token"]
    net, x = family.build(), family.pictures()
    _, calls = observe_backward(
        net, x, lambda seen: seen.activations["blocks.0"].sum((1, 2)), activations=["blocks.0"]
    )
    assert calls[0].output_gradient.abs().max() > 0
    assert not calls[1].output_gradient.any()
    assert not calls[2].output_gradient.any()


def test_what_comes_back_holds_no_graph_and_the_input_is_left_alone():
    family = FAMILIES["ViT, relative positions"]
    net, x = family.build(), family.pictures(2)
    with torch.no_grad():
        _, calls = observe_backward(net, x, score)
    assert not x.requires_grad
    for call in calls:
        held = (call.output_gradient, call.call.queries, call.call.keys, call.call.values, call.call.bias)
        assert not any(kept.requires_grad for kept in held if kept is not None)


def test_a_model_in_training_is_refused():
    family = FAMILIES["ViT, class token"]
    with pytest.raises(UnsupportedModel, match="training mode"):
        observe_backward(family.build().train(), family.pictures(2), score)
