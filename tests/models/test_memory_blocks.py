import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ControlError
from explorer.models.memory_blocks import Canvas, MemoryBlocks
from tests.models.writing import KINDS, seen_directly

CANVAS = Canvas(6, 7, 2)


def blocks_of(kind: dict) -> MemoryBlocks:
    message = {key: value for key, value in kind.items() if key != "attention"}
    return MemoryBlocks(CANVAS, kind.get("attention", "full"), **message)


def test_raster_order_is_rows_then_columns_then_channels():
    assert MemoryBlocks(Canvas(2, 2, 2)).places.tolist() == [
        [0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1],
    ]  # fmt: skip


def test_block_order_finishes_a_rectangle_before_the_next():
    blocks = MemoryBlocks(Canvas(4, 4, 1), "2d", (2, 2), (1, 1))
    assert blocks.steps[..., 0].tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]


def test_two_dimensional_memory_is_the_rectangle_of_the_paper():
    """Figure 1: the query block, rows above it, and columns on both sides of what has been written."""
    blocks = MemoryBlocks(Canvas(8, 12, 1), "2d", (4, 4), (2, 3))
    step = int(blocks.steps[5, 6, 0])
    expected = np.zeros((8, 12), bool)
    expected[2:8, 1:8] = True  # two above, three to the left, the block itself
    expected[2:4, 8:11] = True  # to the right only what is above: below is not written
    assert (blocks.memory_mask(step) == expected).all()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_slots_are_those_of_the_definition(kind: dict):
    blocks = blocks_of(kind)
    places = [tuple(place) for place in blocks.places.tolist()]
    for step in range(CANVAS.values):
        values = set((blocks.slots(step) - 1).tolist()) - {-1}
        assert values == seen_directly(kind, step, places)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_shelf_is_never_used_while_something_needed_lies_on_it(kind: dict):
    blocks = blocks_of(kind)
    lying: dict[int, int] = {}
    for block, (start, stop) in enumerate(blocks.spans):
        for slot in blocks.past[block].tolist():
            assert lying[int(blocks.shelves[slot])] == slot
        for slot in range(start, stop):
            if blocks.shelves[slot] >= 0:
                lying[int(blocks.shelves[slot])] = slot


@given(height=st.integers(20, 60), memory=st.integers(1, 30), query=st.integers(1, 30))
def test_what_is_held_does_not_grow_with_the_picture(height: int, memory: int, query: int):
    held = []
    for rows in (height, 2 * height):
        blocks = MemoryBlocks(Canvas(rows, 5, 1), "1d", (query,), (memory,))
        held.append(int(blocks.shelves.max()) + 1 + blocks.largest_memory)
    assert held[0] == held[1] <= 2 * memory + query


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "3d"},
        {"kind": "1d"},
        {"kind": "1d", "query": (0,), "memory": (4,)},
        {"kind": "1d", "query": (4,), "memory": (-1,)},
        {"kind": "2d", "query": (2, 2), "memory": (1, 1), "order_block": (3, 2)},
        {"kind": "full", "query": (4,)},
    ],
)
def test_impossible_combinations_are_a_sentence(said: dict):
    with pytest.raises(ControlError):
        MemoryBlocks(CANVAS, **said)
