import pytest
import timm
import torch

from explorer.errors import UnsupportedModel
from explorer.tap import observe, observe_with_gradients
from tests.tap.families import FAMILIES, Family

family_by_name = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())


@family_by_name
def test_weights_and_output_are_those_of_the_plain_pass(family: Family):
    net, x = family.build(), family.pictures(2)
    plain, open_pass = observe(net, x), observe_with_gradients(net, x)
    torch.testing.assert_close(open_pass.output, plain.output, atol=2e-4, rtol=1e-4)
    for ours, theirs in zip(open_pass.calls, plain.calls, strict=True):
        torch.testing.assert_close(ours.weights(), theirs.weights(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_gradient_of_a_logit_by_a_weight_is_its_difference_quotient(layer: int):
    """Nudge one weight of one layer in timm's own unfused network, in double precision."""
    family = FAMILIES["ViT, class token"]
    net, x = family.build().double(), family.pictures().double()
    seen = observe_with_gradients(net, x)
    weights = seen.calls[layer].weights()
    (gradient,) = torch.autograd.grad(seen.output[0, 7], weights)
    unfused, nudge = family.build_unfused().double(), 1e-5
    drop = unfused.blocks[layer].attn.attn_drop

    def logit(by: float, place: tuple[int, ...]) -> float:
        def nudged(part: torch.nn.Module, given: tuple[torch.Tensor]) -> torch.Tensor:
            changed = given[0].clone()
            changed[place] += by
            return changed

        handle = drop.register_forward_pre_hook(nudged)
        value = float(unfused(x)[0, 7])
        handle.remove()
        return value

    for place in [(0, 0, 0, 0), (0, 1, 0, 5), (0, 2, 9, 3)]:
        quotient = (logit(nudge, place) - logit(-nudge, place)) / (2 * nudge)
        assert float(gradient[place]) == pytest.approx(quotient, rel=1e-5, abs=1e-8)


def test_in_the_last_layer_only_the_class_row_matters():
    family = FAMILIES["ViT, class token"]
    seen = observe_with_gradients(family.build(), family.pictures())
    (gradient,) = torch.autograd.grad(seen.output[0, 0], seen.calls[-1].weights())
    assert gradient[0, :, 0].abs().max() > 0
    assert gradient[0, :, 1:].abs().max() == 0


def test_works_where_gradients_are_switched_off():
    family = FAMILIES["ViT, class token"]
    with torch.no_grad():
        seen = observe_with_gradients(family.build(), family.pictures())
    assert torch.autograd.grad(seen.output[0, 0], seen.calls[0].weights())[0].abs().max() > 0


def test_a_model_without_attention_is_refused():
    with pytest.raises(UnsupportedModel, match="no attention"):
        observe_with_gradients(timm.create_model("resnet18").eval(), torch.randn(1, 3, 64, 64))
