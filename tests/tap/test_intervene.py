"""Changed layers against a transformer written out by hand, layer by layer."""

import math

import pytest
import torch
from torch import Tensor, nn

from explorer.errors import ControlError
from explorer.tap import Change, intervene
from tests.analysis.written_out import pictures, small_vit

COUNT = 13  # a class token and 3 x 4 patches


def written_out(model: nn.Module, x: Tensor, weights_of) -> Tensor:  # type: ignore[no-untyped-def]
    """The logits where `weights_of(layer, head, weights)` says what the weights are."""
    tokens = model.patch_embed(x)
    tokens = torch.cat([model.cls_token.expand(len(x), -1, -1), tokens], 1) + model.pos_embed
    for number, block in enumerate(model.blocks):
        given = block.norm1(tokens)
        queries, keys, values = block.attn.qkv(given).chunk(3, -1)
        heads = []
        for head in range(2):
            part = slice(8 * head, 8 * head + 8)
            scores = queries[..., part] @ keys[..., part].transpose(-2, -1) / math.sqrt(8)
            heads.append(weights_of(number, head, scores) @ values[..., part])
        tokens = tokens + block.attn.proj(torch.cat(heads, -1))
        tokens = tokens + block.mlp(block.norm2(tokens))
    return model.head(model.norm(tokens)[:, 0])


def plain(layer: int, head: int, scores: Tensor) -> Tensor:
    return scores.softmax(-1)


CASES = {
    "nothing": ({}, plain),
    "heads of two layers": (
        {0: Change(heads=(1,)), 2: Change(heads=(0, 1))},
        lambda n, h, s: s.softmax(-1) * ((n, h) not in {(0, 1), (2, 0), (2, 1)}),
    ),
    "tokens hidden from layer 1 on": (
        {1: Change(tokens=(3, 4)), 2: Change(tokens=(3, 4))},
        lambda n, h, s: (s if n == 0 else s.index_fill(-1, torch.tensor([3, 4]), -math.inf)).softmax(-1),
    ),
    "even": (
        {1: Change(override="uniform")},
        lambda n, h, s: torch.full_like(s, 1 / COUNT) if n == 1 else s.softmax(-1),
    ),
    "even of those that are seen": (
        {1: Change(override="uniform", tokens=(0,))},
        lambda n, h, s: (
            plain(n, h, s) if n != 1 else torch.full_like(s, 1 / 12).index_fill(-1, torch.tensor([0]), 0)
        ),
    ),
    "on itself": (
        {0: Change(override="self")},
        lambda n, h, s: torch.eye(COUNT, dtype=s.dtype).expand_as(s) if n == 0 else s.softmax(-1),
    ),
    "on one token, one head silenced": (
        {2: Change(override=7, heads=(0,))},
        lambda n, h, s: (
            s.softmax(-1) if n != 2 else torch.eye(COUNT, dtype=s.dtype)[7].expand_as(s) * float(h != 0)
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_changes_are_those_written_out(case: str):
    changes, weights_of = CASES[case]
    model, x = small_vit(1), pictures(3)
    before = model(x)
    torch.testing.assert_close(
        intervene(model, x, changes), written_out(model, x, weights_of), atol=1e-10, rtol=0
    )
    assert torch.equal(model(x), before)
    assert (case == "nothing") == torch.allclose(before, intervene(model, x, changes), atol=1e-12)


def test_layers_heads_and_tokens_that_are_not_there():
    model, x = small_vit(1), pictures(1)
    for changes, message in (
        ({3: Change(override="uniform")}, "no attention layer 3"),
        ({0: Change(heads=(2,))}, "no head 2"),
        ({0: Change(override=13)}, "no token 13"),
        ({0: Change(tokens=tuple(range(13)))}, "All tokens are hidden"),
    ):
        with pytest.raises(ControlError, match=message):
            intervene(model, x, changes)
