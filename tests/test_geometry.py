"""Photograph, model input and token grid: the maps between them are exact in both directions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import AnalysisError, ControlError
from explorer.geometry import FITS, Box, Cell, Frame, Grid, InputPoint, PhotoPoint, TokenLayout

sizes = st.tuples(st.integers(1, 3000), st.integers(1, 3000))
inputs = st.tuples(st.integers(1, 600), st.integers(1, 600))
fits = st.sampled_from(FITS)
places = st.floats(-500, 3500, allow_nan=False)


@given(sizes, inputs, fits, places, places)
def test_a_point_comes_back_from_the_input_to_where_it_was(photo, into, how, row, column):
    frame = Frame.fit(photo, into, how=how)
    back = frame.to_photo(frame.to_input(PhotoPoint(row, column)))
    assert (back.row, back.column) == pytest.approx((row, column), abs=1e-6)


@given(sizes, inputs, fits, places, places, st.floats(0, 99), st.floats(0, 99))
def test_a_box_goes_with_its_corners_and_comes_back(photo, into, how, top, left, height, width):
    frame = Frame.fit(photo, into, how=how)
    box = Box(top, left, top + height, left + width)
    there = frame.box_to_input(box)
    corner = frame.to_input(PhotoPoint(box.bottom, box.right))
    assert (there.bottom, there.right) == (corner.row, corner.column)
    back = frame.box_to_photo(there)
    assert (back.top, back.left, back.bottom, back.right) == pytest.approx(
        (box.top, box.left, box.bottom, box.right), abs=1e-6
    )


@given(sizes, inputs)
def test_crop_shows_the_largest_centred_part_of_the_inputs_shape(photo, into):
    (height, width), (rows, columns) = photo, into
    seen = Frame.fit(photo, into, how="crop").seen
    assert seen.height / seen.width == pytest.approx(rows / columns, rel=1e-6)
    assert seen.top + seen.bottom == pytest.approx(height)
    assert seen.left + seen.right == pytest.approx(width)
    assert seen.height == pytest.approx(height) or seen.width == pytest.approx(width)


@given(sizes, inputs)
def test_squash_shows_everything_everywhere(photo, into):
    frame = Frame.fit(photo, into, how="squash")
    assert frame.seen == Box(0, 0, *map(pytest.approx, photo))
    assert frame.inside == Box(0, 0, *map(pytest.approx, into))


@given(sizes, inputs)
def test_letterbox_shows_everything_in_whole_pixels_and_keeps_the_shape(photo, into):
    (height, width), (rows, columns) = photo, into
    frame = Frame.fit(photo, into, how="letterbox")
    assert frame.seen == Box(0, 0, *map(pytest.approx, photo))
    inside = frame.inside
    for edge in (inside.top, inside.left, inside.bottom, inside.right):
        assert edge == pytest.approx(round(edge), abs=1e-6)
    assert inside.height == pytest.approx(rows) or inside.width == pytest.approx(columns)
    # The shape, to the half pixel that whole margins may cost.
    scale = min(rows / height, columns / width)
    assert abs(inside.height - max(1, height * scale)) <= 0.5 + 1e-6
    assert abs(inside.width - max(1, width * scale)) <= 0.5 + 1e-6
    # Centred, to one pixel.
    assert abs(inside.top - (rows - inside.bottom)) <= 1 + 1e-6
    assert abs(inside.left - (columns - inside.right)) <= 1 + 1e-6


@pytest.mark.parametrize(
    ("how", "photo", "point"),
    [
        # A photograph of 200 x 400 in an input of 100 x 100, worked out on paper.
        ("crop", PhotoPoint(0, 100), InputPoint(0, 0)),
        ("crop", PhotoPoint(200, 300), InputPoint(100, 100)),
        ("crop", PhotoPoint(50, 250), InputPoint(25, 75)),
        ("squash", PhotoPoint(100, 100), InputPoint(50, 25)),
        ("squash", PhotoPoint(200, 400), InputPoint(100, 100)),
        ("letterbox", PhotoPoint(0, 0), InputPoint(25, 0)),
        ("letterbox", PhotoPoint(200, 400), InputPoint(75, 100)),
        ("letterbox", PhotoPoint(100, 40), InputPoint(50, 10)),
    ],
)
def test_known_points(how, photo, point):
    frame = Frame.fit((200, 400), (100, 100), how=how)
    assert frame.to_input(photo) == point
    assert frame.to_photo(point) == photo


def test_a_photograph_in_the_inputs_own_shape_is_the_same_in_every_fit():
    frames = {Frame.fit((96, 160), (96, 160), how=how) for how in FITS}
    assert frames == {Frame(96, 160, 96, 160, 1.0, 1.0, 0.0, 0.0)}


@pytest.mark.parametrize(("photo", "into"), [((0, 5), (8, 8)), ((5, 0), (8, 8)), ((5, 5), (0, 8))])
def test_no_pixels_are_refused(photo, into):
    with pytest.raises(AnalysisError):
        Frame.fit(photo, into)


def test_an_unknown_fit_is_refused_with_the_choices():
    with pytest.raises(ControlError, match="crop, squash, letterbox"):
        Frame.fit((5, 5), (5, 5), how="stretch")


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(0, 90), st.integers(0, 90))
def test_a_clipped_box_covers_the_pixels_that_are_inside(top, left, height, width):
    box = Box(top, left, top + height, left + width).clipped(30, 40)
    inside = {
        (i, j) for i in range(30) for j in range(40) if top <= i < top + height and left <= j < left + width
    }
    kept = {
        (i, j) for i in range(int(box.top), int(box.bottom)) for j in range(int(box.left), int(box.right))
    }
    assert kept == inside
    assert box.height >= 0
    assert box.width >= 0


grids = st.builds(
    lambda rows, columns, tall, wide: Grid(rows, columns, rows * tall, columns * wide),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 32),
    st.integers(1, 32),
)


@given(grids, st.data())
def test_every_pixel_lies_in_the_box_of_its_cell(grid, data):
    row = data.draw(st.integers(0, grid.height - 1))
    column = data.draw(st.integers(0, grid.width - 1))
    cell = grid.cell_of(InputPoint(row + 0.5, column + 0.5))
    assert cell == Cell(row * grid.rows // grid.height, column * grid.columns // grid.width)
    box = grid.box_of(cell)
    assert box.top <= row
    assert row + 1 <= box.bottom
    assert box.left <= column
    assert column + 1 <= box.right
    centre = grid.centre_of(cell)
    assert (centre.row, centre.column) == ((box.top + box.bottom) / 2, (box.left + box.right) / 2)
    assert grid.cell_of(centre) == cell


def test_the_boxes_of_a_grid_tile_the_input():
    grid = Grid(3, 5, 48, 40)
    painted = np.zeros((48, 40), int)
    for index in range(len(grid)):
        box = grid.box_of(grid.cell(index))
        painted[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] += 1
    assert (painted == 1).all()


def test_cells_are_counted_row_by_row():
    grid = Grid(2, 3, 4, 6)
    assert [grid.cell(index) for index in range(6)] == [
        Cell(row, column) for row in range(2) for column in range(3)
    ]
    assert [grid.index(Cell(row, column)) for row in range(2) for column in range(3)] == list(range(6))


def test_a_point_outside_belongs_to_the_nearest_cell():
    grid = Grid(2, 3, 20, 30)
    assert grid.cell_of(InputPoint(-7, 300)) == Cell(0, 2)
    assert grid.cell_of(InputPoint(20, 30)) == Cell(1, 2)


@pytest.mark.parametrize("cell", [Cell(-1, 0), Cell(2, 0), Cell(0, 3), Cell(0, -1)])
def test_a_cell_that_is_not_there_is_refused(cell):
    grid = Grid(2, 3, 20, 30)
    for question in (grid.box_of, grid.centre_of, grid.index):
        with pytest.raises(ControlError, match="2 rows and 3 columns"):
            question(cell)


@pytest.mark.parametrize("index", [-1, 6])
def test_an_index_that_is_not_there_is_refused(index):
    with pytest.raises(ControlError, match="6 cells"):
        Grid(2, 3, 20, 30).cell(index)


def test_tokens_are_the_prefix_and_then_the_patches():
    layout = TokenLayout(("class", "distillation"), Grid(2, 3, 20, 30), "token")
    names = ["class", "distillation", *(Cell(row, column) for row in range(2) for column in range(3))]
    assert [layout.index(name) for name in names] == list(range(8))
    assert len(layout) == 8


def test_a_map_of_tokens_has_each_patch_at_its_place():
    layout = TokenLayout(("class",), Grid(2, 3, 20, 30), "token")
    values = np.arange(4 * 7).reshape(4, 7)
    drawn = layout.map(values)
    for head in range(4):
        for index in range(6):
            cell = layout.grid.cell(index)
            assert drawn[head, cell.row, cell.column] == values[head, layout.index(cell)]


def test_tokens_that_are_not_there_are_refused():
    layout = TokenLayout(("class",), Grid(2, 3, 20, 30), "token")
    with pytest.raises(ControlError, match="no register 1 token"):
        layout.index("register 1")
    with pytest.raises(AnalysisError):
        layout.map(np.zeros(6))
