import copy
import math

import numpy as np
import pytest
import timm
import torch
from timm.layers import apply_rot_embed_cat

from explorer.analysis.moved_patches import moved, shuffled, with_pos_encoding
from explorer.analysis.position_results import OffsetBias
from explorer.analysis.positions import code_similarity, offset_bias, rotation_angles, wavelengths
from explorer.errors import AnalysisError, ControlError
from explorer.experiments import experiment
from explorer.figures.positions import similarity_figure
from explorer.models.position_vit import CODES, PositionViT, _turned
from tests.analysis.written_out import small_vit

SMALL = {"size": 6, "patch": 2, "dim": 16, "depth": 2, "heads": 2}
ABSOLUTE = ("learned-1d", "learned-2d", "sine-2d")


def model(code, **said):
    torch.manual_seed(1)
    module = PositionViT(code, **(SMALL | said)).double().eval().requires_grad_(False)
    for layer in module.layers:
        layer.qkv.weight *= 4
        if layer.bias is not None:
            layer.bias.normal_()
    return module


def pictures(side=6):
    return torch.randn(3, 1, side, side, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("code", CODES)
def test_only_without_positions_is_a_shuffled_picture_the_same(code):
    result = moved(model(code), pictures(), order=shuffled(9, 1.0, seed=3))
    assert result.unchanged == (code == "none")
    assert (result.largest > 1e-6) == (code != "none")


@pytest.mark.parametrize("code", CODES)
def test_patches_moved_together_with_their_positions_change_nothing(code):
    order = shuffled(9, 1.0, seed=4)
    assert moved(model(code), pictures(), order=order, places=order).unchanged


@pytest.mark.parametrize("code", CODES)
def test_without_its_code_every_model_is_blind_to_order(code):
    module = model(code)
    one = module(pictures(), coded=False)
    other = module(pictures(), order=shuffled(9, 1.0, seed=5), coded=False)
    torch.testing.assert_close(one, other)


@pytest.mark.parametrize("code", CODES)
def test_another_grid_has_its_positions_interpolated(code):
    module = model(code)
    assert module(pictures(10)).shape == (3, 10)
    if code in ABSOLUTE:
        torch.testing.assert_close(
            module.absolute((5, 5)).mean(0), module.absolute((3, 3)).mean(0), atol=0.3, rtol=0
        )


def test_the_bias_is_that_of_the_offset():
    layer = model("relative").layers[0]
    between = layer.bias_between((3, 3))
    for query in range(9):
        for key in range(9):
            down, right = key // 3 - query // 3, key % 3 - query % 3
            assert torch.equal(between[:, query, key], layer.bias[:, down + 2, right + 2])


def test_a_rotary_score_depends_on_the_offset_alone():
    module = model("rotary")
    q, k = torch.randn(2, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(6))
    angles = module.rotations((3, 3))

    def score(query, key):
        total = 0.0
        for pair in range(4):
            at = slice(2 * pair, 2 * pair + 2)
            x, y = complex(*q[at].tolist()), complex(*k[at].tolist())
            turn = float(angles[query, pair] - angles[key, pair])
            total += (x * complex(math.cos(turn), math.sin(turn)) * y.conjugate()).real
        return total

    turned = _turned(q.expand(9, 8), angles) @ _turned(k.expand(9, 8), angles).T
    assert float(turned[1, 5]) == pytest.approx(score(1, 5))
    assert float(turned[0, 4]) == pytest.approx(float(turned[4, 8]))


@pytest.mark.parametrize("code", ABSOLUTE)
def test_cosines_by_the_formula(code):
    module = model(code)
    result, codes = code_similarity(module), module.absolute((3, 3)).numpy()
    for one, other in ((0, 0), (1, 7), (8, 2)):
        a, b = codes[one], codes[other]
        wanted = a @ b / math.sqrt((a @ a) * (b @ b))
        assert result.of(one // 3, one % 3)[other // 3, other % 3] == pytest.approx(wanted)


def test_a_vits_own_code_without_its_prefix():
    module = small_vit(1)
    result = code_similarity(module)
    codes = module.pos_embed[0, 1:].numpy()
    assert result.grid == (3, 4)
    wanted = codes[5] @ codes[6] / np.linalg.norm(codes[5]) / np.linalg.norm(codes[6])
    assert result.of(1, 1)[1, 2] == pytest.approx(wanted)


@pytest.mark.parametrize("code", ["none", "relative", "rotary"])
def test_where_nothing_is_added_there_is_no_similarity(code):
    with pytest.raises(AnalysisError, match="adds no code"):
        code_similarity(model(code))


def test_wavelengths_go_from_two_pi():
    result = wavelengths(8)
    assert result[0] == pytest.approx(2 * math.pi)
    assert result[-1] == pytest.approx(2 * math.pi * 10_000 ** (6 / 8))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_is_shuffled_and_the_rest_stays(share):
    order = shuffled(50, share, seed=1)
    assert sorted(order.tolist()) == list(range(50))
    assert int((order != torch.arange(50)).sum()) <= round(share * 50)
    assert (share > 0) == bool((order != torch.arange(50)).any())


def test_what_does_not_fit_is_refused():
    with pytest.raises(ControlError, match="9 patches"):
        moved(model("none"), pictures(), order=torch.arange(8))
    with pytest.raises(ControlError):
        shuffled(4, 1.5)
    with pytest.raises(ControlError):
        PositionViT("spiral")


def test_the_grid_of_grids_has_each_positions_map_at_its_place():
    result = code_similarity(model("learned-1d"))
    drawn = similarity_figure(result).data[0].z
    assert drawn.shape == (11, 11)
    np.testing.assert_array_equal(drawn[4:7, 8:11], result.of(1, 2))
    np.testing.assert_array_equal(similarity_figure(result, position=(2, 0)).data[0].z, result.of(2, 0))


def test_the_bias_is_drawn_with_the_query_in_the_middle():
    table = model("relative").layers[0].bias.numpy()
    trace = OffsetBias(table, 1).figure().data[0]
    np.testing.assert_array_equal(trace.z, table[1])
    assert list(trace.x) == list(trace.y) == [-2, -1, 0, 1, 2]


def test_untrained_models_are_measured_too():
    result = experiment("positions").measure(seeds=1, trained=False, count=60)["values"]
    assert result["no positions"]["only rounding"]
    assert not result["2-D sine"]["only rounding"]


@pytest.mark.parametrize("layer", [0, 1])
def test_the_bias_of_an_offset_is_what_any_two_patches_apart_so_are_given(layer):
    module = model("relative")
    table = offset_bias(module, layer)
    between = module.layers[layer].bias_between((3, 3)).numpy()
    for query, key in ((0, 8), (4, 4), (5, 3), (2, 6)):
        row, column = key // 3 - query // 3, key % 3 - query % 3
        np.testing.assert_allclose(table[:, row + 2, column + 2], between[:, query, key], atol=1e-6)


@pytest.mark.parametrize("name", ["vit_relpos_small_patch16_224", "beit_base_patch16_224"])
def test_the_bias_of_timm_is_the_one_added_in_its_layers(name):
    """What its attention adds, found from outside: the scores of a layer whose queries are zero."""
    torch.manual_seed(0)
    module = timm.create_model(name, img_size=48, depth=2, embed_dim=48, num_heads=4).eval()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    table, attention = offset_bias(module, 1), module.blocks[1].attn
    prefix, caught = module.num_prefix_tokens, []
    with torch.no_grad():
        attention.qkv.weight[:48] = 0
        for part in ("q_bias", "qkv.bias"):
            owner, _, bias = part.rpartition(".")
            held = getattr(attention.get_submodule(owner), bias, None)
            if held is not None:
                held[:48] = 0
        attention.fused_attn = False
        attention.attn_drop.register_forward_hook(lambda m, i, o: caught.append(o[0]))
        attention(torch.randn(1, prefix + 9, 48))
    scores = caught[0].log()[:, prefix:, prefix:].numpy()
    for query in range(9):
        for key in range(9):
            row, column = key // 3 - query // 3 + 2, key % 3 - query % 3 + 2
            against = table[:, row, column] - table[:, 2, 2]
            np.testing.assert_allclose(scores[:, query, key] - scores[:, query, query], against, atol=1e-4)


def test_a_turned_query_meets_a_turned_key_at_the_difference_of_their_angles():
    module = timm.create_model("eva02_tiny_patch14_224", img_size=56, depth=1).eval()
    angles = rotation_angles(module).reshape(16, -1)
    q, k = torch.randn(2, 64), torch.randn(2, 64)
    rope = module.rope.get_embed()
    for one, other in ((0, 5), (3, 12)):
        turned = [apply_rot_embed_cat(x[None], rope[at][None])[0] for x, at in ((q, one), (k, other))]
        left, right = (torch.view_as_complex(x.view(2, 32, 2)) for x in (q, k))
        turn = torch.from_numpy(np.exp(1j * (angles[one] - angles[other]))).to(left.dtype)
        expected = (left * right.conj() * turn).real.sum(-1)
        torch.testing.assert_close((turned[0] * turned[1]).sum(-1), expected, atol=1e-4, rtol=1e-4)
    assert rotation_angles(model("rotary")).shape == (3, 3, 4)  # two pairs for rows, two for columns


def test_angles_side_by_side_and_in_halves_by_their_formula():
    """Those of DINOv3 (Siméoni et al. 2025): 2π times a place between -1 and 1, over a period of 100^(2i/32)."""
    module = timm.create_model("vit_small_patch16_dinov3", img_size=64, depth=1).eval()
    result = rotation_angles(module)
    assert result.shape == (4, 4, 32)
    for row, column, pair in ((0, 0, 0), (1, 2, 3), (3, 1, 20)):
        place = (2 * (row if pair < 16 else column) + 1) / 4 - 1
        angle = 2 * math.pi * place / 100 ** (2 * (pair % 16) / 32)
        assert math.remainder(result[row, column, pair] - angle, 2 * math.pi) == pytest.approx(0, abs=1e-5)


def test_each_layer_and_head_may_turn_by_its_own_angles():
    torch.manual_seed(0)
    module = timm.create_model("vit_small_patch16_rope_mixed_224", img_size=48, depth=2, num_heads=6).eval()
    torch.nn.init.normal_(module.rope.freqs)
    for layer, head in ((0, 0), (1, 4)):
        result = rotation_angles(module, layer=layer, head=head)
        down, right = (module.rope.freqs[axis, layer].detach().view(6, -1)[head] for axis in (1, 0))
        for row, column in ((0, 1), (2, 1)):
            angle = (row * down + column * right).numpy()
            turned = [np.exp(1j * item) for item in (result[row, column], angle)]
            np.testing.assert_allclose(turned[0], turned[1], atol=1e-5)
    with pytest.raises(ControlError, match="no head 7"):
        rotation_angles(module, head=6)


def test_rotations_are_dealt_among_patches_not_among_layers():
    module = timm.create_model("vit_small_patch16_rope_mixed_224", img_size=48, depth=2).eval()
    torch.nn.init.normal_(module.rope.freqs)
    own = module.rope.get_embed(shape=[3, 3])
    dealt = with_pos_encoding(module, "shuffled", seed=2).rope.get_embed(shape=[3, 3])
    order = shuffled(9, 1.0, seed=2)
    for layer in range(2):
        for place in range(9):
            torch.testing.assert_close(dealt[layer, :, place], own[layer, :, order[place]])


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "eva02_tiny_patch14_224"])
def test_positions_dealt_otherwise_are_another_model_and_leave_this_one_as_it_is(name):
    torch.manual_seed(0)
    module = timm.create_model(name, img_size=56 if "eva" in name else 64, depth=2, num_classes=5).eval()
    torch.nn.init.normal_(module.pos_embed)
    x = torch.randn(1, 3, *module.patch_embed.img_size)
    with torch.no_grad():
        before = module(x)
        blind = copy.deepcopy(module)
        prefix = module.num_prefix_tokens
        blind.pos_embed[:, prefix:] = 0
        if getattr(blind, "rope", None) is not None:
            turns = blind.rope.get_embed()
            none = torch.cat([torch.zeros_like(turns[:, :64]), torch.ones_like(turns[:, 64:])], -1)
            blind.rope.get_embed = lambda *said, **more: none
        torch.testing.assert_close(with_pos_encoding(module, "zeroed")(x), blind(x))
        swapped, mixed = (
            with_pos_encoding(module, "swapped", seed=3)(x),
            with_pos_encoding(module, "shuffled", seed=3)(x),
        )
        torch.testing.assert_close(module(x), before, atol=0, rtol=0)
    assert 0 < (swapped - before).abs().max() < (mixed - before).abs().max()


def test_what_a_model_does_not_have_is_a_sentence():
    plain = timm.create_model("vit_tiny_patch16_224", img_size=32, depth=1)
    with pytest.raises(AnalysisError, match="no rotation"):
        rotation_angles(plain)
    with pytest.raises(AnalysisError, match="no bias"):
        offset_bias(plain, 0)
    with pytest.raises(ControlError, match="no layer 9"):
        offset_bias(plain, 8)
    with pytest.raises(ControlError, match="cannot be 'upset'"):
        with_pos_encoding(plain, "upset")
    relative = timm.create_model("vit_relpos_small_patch16_224", img_size=32, depth=1)
    with pytest.raises(AnalysisError, match="cannot be changed"):
        with_pos_encoding(relative, "zeroed")
