import pytest
import timm
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from explorer.errors import ControlError, UnsupportedModel
from explorer.tap import observe
from tests.tap.families import FAMILIES, Family

family_by_name = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())


def weights_of_the_unfused_path(net: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """What timm's own softmax gives, caught where it goes into the dropout of each attention layer."""
    caught: list[torch.Tensor] = []
    for name, part in net.named_modules():
        if name.endswith("attn_drop"):
            part.register_forward_pre_hook(lambda part, given: caught.append(given[0]))
    net(x)
    return caught


@family_by_name
def test_maps_are_the_weights_of_the_models_own_unfused_path(family: Family):
    x = family.pictures(2)
    theirs = weights_of_the_unfused_path(family.build_unfused(), x)
    ours = observe(family.build(), x).calls
    assert len(ours) == len(theirs) == 3
    for call, weights in zip(ours, theirs, strict=True):
        torch.testing.assert_close(call.weights(), weights, atol=1e-5, rtol=0)
        assert weights.std() > 0.02  # far from even, so that a wrong map could not pass


@family_by_name
def test_output_is_the_same_to_the_bit_with_and_without(family: Family):
    net, x = family.build(), family.pictures(2)
    plain = net(x)
    assert torch.equal(observe(net, x).output, plain)
    assert torch.equal(observe(net, x, maps="all").output, plain)
    assert torch.equal(observe(net, x, maps=(1,), activations=("blocks.1",)).output, plain)


@family_by_name
def test_tokens_are_known_by_name_and_place(family: Family):
    tokens = observe(family.build(), family.pictures()).tokens
    assert tokens is not None
    assert tokens.prefix_names == family.prefix
    assert (tokens.grid.rows, tokens.grid.columns) == family.grid
    assert (tokens.grid.height, tokens.grid.width) == family.size


@family_by_name
def test_maps_made_in_the_pass_are_those_made_afterwards(family: Family):
    net, x = family.build(), family.pictures()
    for during, after in zip(observe(net, x, maps="all").calls, observe(net, x).calls, strict=True):
        assert during.cached is not None
        assert after.cached is None
        assert torch.equal(during.weights(), after.weights())
        torch.testing.assert_close(during.rows(1, 3), after.rows(1, 3), atol=1e-6, rtol=0)


def test_only_the_layers_asked_for_are_made_in_the_pass():
    family = FAMILIES["ViT, class token"]
    calls = observe(family.build(), family.pictures(), maps=(0, 2)).calls
    assert [call.cached is not None for call in calls] == [True, False, True]


def test_plain_vit_equals_attention_written_out():
    family = FAMILIES["ViT, class token"]
    net, x = family.build(), family.pictures(2)
    projected: list[torch.Tensor] = []
    handles = [
        block.attn.qkv.register_forward_hook(lambda part, given, output: projected.append(output))
        for block in net.blocks
    ]
    net(x)
    for handle in handles:
        handle.remove()
    for call, qkv in zip(observe(net, x).calls, projected, strict=True):
        for head in range(3):
            q = qkv[:, :, head * 16 : (head + 1) * 16].double()
            k = qkv[:, :, 48 + head * 16 : 48 + (head + 1) * 16].double()
            scores = torch.einsum("bnd,bmd->bnm", q, k) / 4  # sqrt(16)
            expected = scores.exp() / scores.exp().sum(-1, keepdim=True)
            torch.testing.assert_close(call.weights()[:, head].double(), expected, atol=1e-5, rtol=0)


def test_rotary_positions_are_in_the_queries_and_keys():
    """RoPE turns each pair of channels by an angle of its place: the turned q is the projected q, turned."""
    family = FAMILIES["EVA-02"]
    net, x = family.build(), family.pictures()
    caught: dict[str, torch.Tensor] = {}
    handle = net.blocks[0].attn.q_norm.register_forward_hook(lambda part, given, q: caught.update(q=q))
    net(x)
    handle.remove()
    q, turned = caught["q"], observe(net, x).calls[0].queries
    assert torch.equal(turned[:, :, 0], q[:, :, 0])  # the class token has no place
    pairs, turned_pairs = (item[:, :, 1:].unflatten(-1, (8, 2)).double() for item in (q, turned))
    torch.testing.assert_close(pairs.norm(dim=-1), turned_pairs.norm(dim=-1), atol=1e-4, rtol=1e-4)
    angle = torch.atan2(turned_pairs[..., 1], turned_pairs[..., 0]) - torch.atan2(
        pairs[..., 1], pairs[..., 0]
    )
    same = torch.exp(1j * angle)
    assert (same - same[:, :1]).abs().max() < 1e-3  # the same angle in every head
    assert same[0, 0].std(0).max() > 0.1  # and another at every place


def test_a_prediction_read_by_attention_is_kept_apart_from_the_layers():
    family = FAMILIES["ViT, read by attention"]
    seen = observe(family.build(), family.pictures())
    assert seen.pooling is not None
    assert seen.pooling.weights().shape == (1, 3, 1, 15)
    assert [call.tokens for call in seen.calls] == [15, 15, 15]


def test_activations_are_the_modules_own_outputs():
    family = FAMILIES["ViT, class token"]
    net, x = family.build(), family.pictures()
    after_patches = net.norm_pre(net.patch_drop(net._pos_embed(net.patch_embed(x))))
    first = net.blocks[0](after_patches)
    seen = observe(net, x, activations=("norm_pre", "blocks.0")).activations
    assert list(seen) == ["norm_pre", "blocks.0"]
    assert torch.equal(seen["norm_pre"], after_patches)
    assert torch.equal(seen["blocks.0"], first)


def test_a_cnn_has_activations_and_no_calls():
    net = timm.create_model("resnet18").eval()
    seen = observe(net, torch.randn(1, 3, 64, 64), activations=("layer2",))
    assert seen.activations["layer2"].shape == (1, 128, 8, 8)
    assert seen.calls == ()
    with pytest.raises(UnsupportedModel, match="no attention"):
        seen.call(0)


def test_gradients_reach_the_input_only_when_it_asks():
    family = FAMILIES["ViT, class token"]
    net, x = family.build(), family.pictures()
    assert not observe(net, x).output.requires_grad
    seen = observe(net, x.requires_grad_(), activations=("blocks.1",))
    (gradient,) = torch.autograd.grad(seen.activations["blocks.1"][0, 3, 0], x)
    assert gradient.abs().sum() > 0


def test_an_observation_holds_numbers_by_token_and_not_by_pair_of_tokens():
    wide = Family("vit_tiny_patch16_224", (16 * 24, 16 * 24), ("class",), (24, 24))
    net, x = wide.build(), wide.pictures()
    tokens, width, layers = 577, 48, 3
    few, all_maps = observe(net, x).nbytes, observe(net, x, maps="all").nbytes
    assert few == pytest.approx(layers * 3 * tokens * width * 4, rel=0.05)  # q, k and v
    assert all_maps - few == layers * 3 * tokens**2 * 4


REFUSED = {
    "Swin": ("swin_tiny_patch4_window7_224", {"img_size": 56, "depths": (1, 1, 1, 1), "embed_dim": 24}, 56),
    "MaxViT": ("maxvit_rmlp_pico_rw_256", {"img_size": 64}, 64),
    "CaiT": ("cait_xxs24_224", {"img_size": 32, "depth": 2}, 32),
    "XCiT": ("xcit_nano_12_p16_224", {"img_size": 64, "depth": 2}, 64),
    "LeViT": ("levit_128s", {}, 224),
    "differential attention": ("vit_dpwee_patch16_reg1_gap_256", {"img_size": 64, **{"depth": 2}}, 64),
    "two attentions a block": ("vit_small_patch16_18x2_224", {"img_size": 32, "depth": 2}, 32),
}


@pytest.mark.parametrize(("architecture", "options", "side"), REFUSED.values(), ids=REFUSED.keys())
def test_other_attention_is_refused_in_a_sentence(architecture: str, options: dict, side: int):
    net = timm.create_model(architecture, **options).eval()
    with pytest.raises(UnsupportedModel, match="cannot be shown"):
        observe(net, torch.zeros(1, 3, side, side))


def test_attention_that_is_not_fused_is_refused_and_not_empty():
    family = FAMILIES["ViT, class token"]
    with pytest.raises(UnsupportedModel, match="cannot be seen"):
        observe(family.build_unfused(), family.pictures())


@pytest.mark.parametrize("part", ["", "blocks.1.attn.attn_drop"])
def test_training_mode_is_refused_even_of_one_part(part: str):
    family = FAMILIES["ViT, class token"]
    net = family.build()
    net.get_submodule(part).train()
    with pytest.raises(UnsupportedModel, match="training mode"):
        observe(net, family.pictures())


def test_what_does_not_exist_is_refused():
    family = FAMILIES["ViT, class token"]
    net, x = family.build(), family.pictures()
    with pytest.raises(ControlError, match=r"no part called 'blocks\.7'"):
        observe(net, x, activations=("blocks.7",))
    with pytest.raises(ControlError, match="no attention layer 3"):
        observe(net, x, maps=(3,))


class TwoHeads(nn.Module):
    """A module of nobody's library, over a sequence made of the picture's pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.attend = nn.MultiheadAttention(12, 2, batch_first=True)
        self.embed = nn.Conv2d(3, 12, 4, 4)

    def forward(self, x: torch.Tensor, *, need_weights: bool = False) -> torch.Tensor:
        tokens = self.embed(x).flatten(2).transpose(1, 2)
        return self.attend(tokens, tokens, tokens, need_weights=need_weights)[0]


def test_torchs_multihead_attention_is_seen():
    net, x = TwoHeads().eval().requires_grad_(False), torch.randn(2, 3, 16, 16)
    tokens = net.embed(x).flatten(2).transpose(1, 2)
    output, weights = net.attend(tokens, tokens, tokens, need_weights=True, average_attn_weights=False)
    seen = observe(net, x, names=("attend",))
    assert [call.name for call in seen.calls] == ["attend"]
    torch.testing.assert_close(seen.calls[0].weights(), weights, atol=1e-6, rtol=0)
    torch.testing.assert_close(seen.output, output, atol=1e-6, rtol=0)
    torch.testing.assert_close(seen.output, net(x), atol=1e-6, rtol=0)


class AskingForWeights(TwoHeads):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x, need_weights=True)


def test_torchs_multihead_attention_is_refused_where_it_goes_another_way():
    with pytest.raises(UnsupportedModel, match="MultiheadAttention"):
        observe(AskingForWeights().eval(), torch.randn(1, 3, 16, 16))


def test_a_pass_that_fails_leaves_no_tap_behind():
    family = FAMILIES["ViT, class token"]
    net = family.build()
    with pytest.raises(AssertionError, match="Input height"):
        observe(net, torch.zeros(1, 3, 17, 17))
    q = torch.randn(1, 1, 4, 2)
    assert scaled_dot_product_attention(q, q, q).shape == (1, 1, 4, 2)
    assert torch.overrides._get_current_function_mode() is None
