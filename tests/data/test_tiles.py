import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.data.tiles import occluded, scrambled, swapped
from explorer.errors import ControlError
from explorer.geometry import Cell

FILL = torch.tensor([200, 201, 202])


def numbered(side=12, count=2):
    """Pictures whose pixels are all different, and below the fill."""
    return torch.arange(side * side).reshape(1, 1, side, side).repeat(count, 3, 1, 1)


@settings(max_examples=40, deadline=None)
@given(k=st.integers(1, 12), seed=st.integers(0, 99))
def test_scrambling_moves_whole_tiles_and_loses_none(k, seed):
    x = numbered()
    out = scrambled(x, k, seed=seed)
    for before, after in zip(x, out, strict=True):
        assert torch.equal(before.flatten().sort().values, after.flatten().sort().values)
    down = 12 // k
    tiles = {
        tuple(x[0, 0, r : r + down, c : c + down].flatten().tolist())
        for r in range(0, k * down, down)
        for c in range(0, k * down, down)
    }
    result = {
        tuple(out[0, 0, r : r + down, c : c + down].flatten().tolist())
        for r in range(0, k * down, down)
        for c in range(0, k * down, down)
    }
    assert tiles == result
    assert torch.equal(out, scrambled(x, k, seed=seed))


def test_each_picture_has_an_order_of_its_own_and_one_tile_stays():
    x = numbered()
    out = scrambled(x, 4, seed=1)
    assert not torch.equal(out[0], out[1])
    assert not torch.equal(out[0], x[0])
    assert torch.equal(scrambled(x, 1), x)


@pytest.mark.parametrize(("share", "blank"), [(0, 0), (0.25, 4), (0.5, 8), (1, 16)])
def test_so_many_tiles_are_blank_and_the_rest_is_as_it_was(share, blank):
    x = numbered()
    out = occluded(x, 4, share, fill=FILL)
    gone = (out == FILL[:, None, None]).all(1)
    assert gone.flatten(1).sum(1).tolist() == [blank * 9] * 2
    assert torch.equal(out.permute(0, 2, 3, 1)[~gone], x.permute(0, 2, 3, 1)[~gone])
    more = (occluded(x, 4, min(1.0, share + 0.2), fill=FILL) == FILL[:, None, None]).all(1)
    assert (more | ~gone).all()


def test_two_regions_change_places_and_back():
    x = numbered(16, 1)
    out = swapped(x, Cell(0, 0), Cell(5, 4), grid=8, side=2)
    assert torch.equal(out[..., :4, :4], x[..., 10:14, 8:12])
    assert torch.equal(out[..., 10:14, 8:12], x[..., :4, :4])
    assert int((out != x).sum()) == 3 * 32
    assert torch.equal(swapped(out, Cell(0, 0), Cell(5, 4), grid=8, side=2), x)
    assert torch.equal(
        swapped(x, Cell(7, 7), Cell(0, 0), grid=8, side=2), swapped(x, Cell(6, 6), Cell(0, 0), grid=8, side=2)
    )


def test_what_cannot_be_cut_is_refused():
    for wrong in (0, 13):
        with pytest.raises(ControlError, match="cannot be cut"):
            scrambled(numbered(), wrong)
    with pytest.raises(ControlError, match="blank tiles"):
        occluded(numbered(), 4, 1.5, fill=FILL)
    with pytest.raises(ControlError, match="region"):
        swapped(numbered(), Cell(0, 0), Cell(1, 1), grid=4, side=5)
