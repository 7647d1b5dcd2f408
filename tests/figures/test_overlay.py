import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.figures.overlay import add_box, add_cells, add_click_layer, add_point, cell_box, click_layer
from explorer.figures.photo import data_uri, photo_figure, photo_grid
from explorer.figures.style import colour_scale
from explorer.geometry import FITS, Box, Cell, Frame, Grid, PhotoPoint
from tests.figures.drawn import boxes, heatmaps, image_of

INPUT = (48, 64)
GRID = Grid(3, 4, *INPUT)


def known_photo(frame: Frame) -> np.ndarray:
    """A photograph whose pixel says which cell of the model's input its centre falls in; 99 for none."""
    photo = np.full((frame.photo_height, frame.photo_width, 3), 99, np.uint8)
    for row in range(frame.photo_height):
        for column in range(frame.photo_width):
            seen = frame.to_input(PhotoPoint(row + 0.5, column + 0.5))
            if 0 <= seen.row < INPUT[0] and 0 <= seen.column < INPUT[1]:
                photo[row, column, 0] = GRID.index(GRID.cell_of(seen))
    return photo


@pytest.mark.parametrize("how", FITS)
@pytest.mark.parametrize("photo", [(96, 128), (60, 200), (150, 90), (48, 64), (31, 47)])
def test_every_cell_is_drawn_on_its_own_pixels_of_the_photograph(photo, how):
    frame = Frame.fit(photo, INPUT, how=how)
    known = known_photo(frame)
    figure = photo_figure(known, frame)
    values = np.arange(12.0).reshape(3, 4)
    add_cells(figure, values, GRID, frame, scale=colour_scale(values, unit="1"))
    drawn = heatmaps(figure)[0]
    assert (drawn.z == values).all()
    image = figure.layout.images[0]
    assert (image.x, image.y, image.sizex, image.sizey) == (0, 0, photo[1], photo[0])
    assert figure.layout.yaxis.range == (photo[0], 0)
    for row in range(photo[0]):
        for column in range(photo[1]):
            # A centre on an edge belongs to the cell below or to the right of it.
            at = tuple(
                np.searchsorted(sides, centre + 1e-9, "right") - 1
                for sides, centre in ((drawn.y, row + 0.5), (drawn.x, column + 0.5))
            )
            inside = 0 <= at[0] < 3 and 0 <= at[1] < 4
            assert known[row, column, 0] == (drawn.z[at] if inside else 99)


@pytest.mark.parametrize("how", FITS)
def test_what_the_model_does_not_see_is_veiled_and_nothing_else(how):
    frame = Frame.fit((60, 200), INPUT, how=how)
    figure = photo_figure(np.zeros((60, 200, 3), np.uint8), frame)
    veiled = np.zeros((60, 200), bool)
    for shape in figure.layout.shapes:
        veiled[round(shape.y0) : round(shape.y1), round(shape.x0) : round(shape.x1)] = True
    known = known_photo(frame)[..., 0]
    assert (veiled == (known == 99)).all()


@pytest.mark.parametrize("how", FITS)
def test_clicks_name_the_cell_under_them(how):
    frame = Frame.fit((60, 200), INPUT, how=how)
    layer = go.Scatter(click_layer(GRID, frame))
    assert layer.mode == "text"
    assert layer.text is None
    assert layer.hoverinfo == "none"
    result = {}
    for x, y, cell in zip(layer.x, layer.y, layer.customdata, strict=True):
        assert GRID.cell_of(frame.to_input(PhotoPoint(y, x))) == Cell(*cell)
        result[tuple(cell)] = (x, y)
    if how != "letterbox":
        assert len(result) == 12
    assert all(0 < x < 200 and 0 < y < 60 for x, y in result.values())


def test_cells_in_a_letterboxs_margins_cannot_be_clicked():
    # 40 x 200 into 48 x 64: 13 rows of photograph between margins of 17 and 18 rows, the cells 16 rows high.
    layer = click_layer(GRID, Frame.fit((40, 200), INPUT, how="letterbox"))
    assert {row for row, _ in layer["customdata"]} == {1}


def test_a_clickable_figure_takes_the_nearest_cell_and_tells_values():
    figure = photo_figure(None, Frame.fit(INPUT, INPUT))
    add_click_layer(
        figure, GRID, Frame.fit(INPUT, INPUT), values=np.arange(12.0).reshape(3, 4) / 8, unit="bits"
    )
    assert figure.layout.clickmode == "event+select"
    assert figure.layout.dragmode is False
    assert figure.layout.hoverdistance == -1
    assert figure.data[0].hovertext[5] == "0.625 bits<br>row 2, column 2"
    assert list(figure.data[0].customdata[5]) == [1, 1]


def test_a_box_is_drawn_where_it_is():
    figure = photo_figure(None, Frame.fit(INPUT, INPUT))
    add_box(figure, Box(1, 2, 30, 40), label="field")
    assert set(boxes(figure)) == {Box(1, 2, 30, 40)}
    assert figure.layout.annotations[0].text == "field"


def test_a_box_may_be_drawn_in_several_panels():
    figure = photo_grid(None, Frame.fit(INPUT, INPUT), titles=["a", "b", "c"])
    add_box(figure, Box(1, 2, 30, 40), panel=[0, 2])
    assert boxes(figure, "x") == boxes(figure, "x3") == [Box(1, 2, 30, 40)] * 2
    assert boxes(figure, "x2") == []


def test_a_cells_box_in_a_squashed_photograph():
    frame = Frame.fit((96, 64), INPUT, how="squash")
    assert cell_box(Cell(1, 2), GRID, frame) == Box(32, 32, 64, 48)


def test_a_point_is_drawn_at_row_and_column():
    figure = photo_figure(None, Frame.fit(INPUT, INPUT))
    add_point(figure, PhotoPoint(5, 7))
    assert (figure.data[0].x[0], figure.data[0].y[0]) == (7, 5)


def test_smoothing_is_only_when_asked():
    figure, frame = photo_figure(None, Frame.fit(INPUT, INPUT)), Frame.fit(INPUT, INPUT)
    scale = colour_scale(np.ones((3, 4)), unit="1")
    add_cells(figure, np.ones((3, 4)), GRID, frame, scale=scale)
    add_cells(figure, np.ones((3, 4)), GRID, frame, scale=scale, smooth=True)
    exact, smooth = heatmaps(figure)
    assert (exact.zsmooth, len(exact.x), len(exact.y)) == (False, 5, 4)
    assert (smooth.zsmooth, list(smooth.y)) == ("best", [8, 24, 40])


def test_a_small_photograph_keeps_its_pixels_and_a_large_one_is_drawn_small():
    small = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    assert (image_of(data_uri(small, exact=True)) == small).all()
    large = np.zeros((3000, 1500, 3), np.uint8)
    figure = photo_figure(large, Frame.fit((3000, 1500), INPUT))
    assert image_of(figure.layout.images[0].source).shape == (1024, 512, 3)
    assert figure.layout.images[0].sizey == 3000


def test_grey_ground_has_no_colour():
    photo = np.zeros((20, 30, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
    assert image_of(data_uri(photo, grey=True)).ndim == 2


@pytest.mark.parametrize("count", [1, 2, 5, 13])
def test_each_panel_has_its_picture_axes_and_title(count):
    frame = Frame.fit((60, 200), INPUT)
    figure = photo_grid(np.zeros((60, 200, 3), np.uint8), frame, titles=[f"panel {i}" for i in range(count)])
    assert [note.text for note in figure.layout.annotations] == [f"panel {i}" for i in range(count)]
    wanted = ["x" if i == 0 else f"x{i + 1}" for i in range(count)]
    assert [image.xref for image in figure.layout.images] == wanted
    for name in wanted:
        assert figure.layout["xaxis" + name[1:]].range == (0, 200)
        assert figure.layout["yaxis" + name[1:]].range == (60, 0)
        assert figure.layout["yaxis" + name[1:]].scaleanchor == name


def test_cells_go_to_their_panel():
    frame = Frame.fit(INPUT, INPUT)
    figure = photo_grid(None, frame, titles=["a", "b"])
    add_cells(figure, np.ones((3, 4)), GRID, frame, scale=colour_scale(np.ones(1), unit="1"), panel=1)
    assert (figure.data[0].xaxis, figure.data[0].yaxis) == ("x2", "y2")
    assert isinstance(figure, go.Figure)
