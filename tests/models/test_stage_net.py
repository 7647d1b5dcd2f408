import pytest
import torch

from explorer.data.pixels import NATURAL, Pictures
from explorer.models.stage_net import PLACES, Attention, StageNet
from explorer.training.stages import NameThings, as_input, stages


@pytest.mark.parametrize("place", PLACES)
def test_attention_is_in_the_stages_that_are_named(place):
    net = StageNet(PLACES[place]).eval()
    has = tuple(
        at + 1
        for at, stage in enumerate(net.stages)
        if any(isinstance(part, Attention) for part in stage.modules())
    )
    assert has == PLACES[place]
    assert net(torch.randn(2, 3, 32, 32)).shape == (2, 10)
    assert 2 * sum(parameter.numel() for parameter in net.parameters()) < 500_000


def test_attention_equals_a_slow_loop():
    torch.manual_seed(0)
    layer, x = Attention(12, 3, 2), torch.randn(1, 12, 3, 3)
    placed = (x + layer.code)[0].flatten(1).T
    query, key, value = (placed @ layer.mix.weight[:, :, 0, 0].T).split(12, -1)
    rows = []
    for cell in range(9):
        messages = []
        for head in (slice(0, 6), slice(6, 12)):
            scores = torch.stack([query[cell, head] @ key[other, head] for other in range(9)]) / 6**0.5
            messages.append(sum(w * value[other, head] for other, w in enumerate(scores.softmax(0))))
        rows.append(layer.out.weight[:, :, 0, 0] @ torch.cat(messages))
    torch.testing.assert_close(layer(x)[0].flatten(1).T, torch.stack(rows), atol=1e-5, rtol=1e-4)


def test_fifteen_recipes_share_one_budget():
    every = stages()
    assert len({recipe.name for recipe in every}) == 15
    assert len({(recipe.parts, recipe.half) for recipe in every}) == 1
    assert {recipe.name for recipe in every} >= {"stage-none", "stage-third-2", "stage-all-3"}


def test_pictures_are_moved_and_mirrored_but_keep_their_pixels():
    generator = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (20, 32, 32, 3), dtype=torch.uint8, generator=generator).numpy()
    task = NameThings(
        Pictures(pictures, [0] * 20, pictures, [0] * 20, NATURAL, "noise"), torch.device("cpu"), batch=4
    )
    x = as_input(task.learn[:8])
    out = task._moved(x)
    inner = x[..., 8:-8, 8:-8]
    for before, after in zip(inner, out, strict=True):
        places = [
            (top, left, flip)
            for flip in (False, True)
            for top in range(17)
            for left in range(17)
            if torch.equal((after.flip(-1) if flip else after)[:, top : top + 16, left : left + 16], before)
        ]
        assert len(places) == 1
        assert abs(places[0][0] - 8) <= 4
    assert task.loss(StageNet(), 0).requires_grad
    assert 0 <= task.score(StageNet().eval()) <= 1
