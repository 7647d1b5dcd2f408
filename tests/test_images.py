"""Pictures keep what they are given; what a model is shown lies where the frame says."""

import hashlib
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import PictureError
from explorer.geometry import FITS, Frame, Grid, InputPoint, PhotoPoint
from explorer.images import GREY, MAX_SIDE, Picture, render
from tests.pictures import encoded, noise


def test_pixels_are_read_only_and_a_copy():
    array = noise(4, 5)
    picture = Picture.from_array(array)
    before = array.copy()
    array[:] = 0
    assert (picture.pixels == before).all()
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0] = 0
    assert (picture.height, picture.width) == (4, 5)


def test_the_digest_is_of_shape_and_pixels_whatever_the_file():
    array = noise(4, 6)
    pictures = [Picture.from_array(array)]
    pictures += [Picture.from_bytes(encoded(array, kind)) for kind in ("PNG", "BMP", "TIFF")]
    assert {picture.digest for picture in pictures} == {
        hashlib.sha256(b"4x6x3 " + array.tobytes()).hexdigest()
    }
    assert Picture.from_array(array.reshape(6, 4, 3)).digest != pictures[0].digest


@given(st.integers(0, 599), st.integers(0, 599), st.integers(0, 2))
def test_one_value_changed_in_a_large_picture_changes_the_digest(row, column, channel):
    array = np.zeros((600, 600, 3), np.uint8)
    array[row, column, channel] = 1
    assert Picture.from_array(array).digest != Picture.from_array(np.zeros_like(array)).digest


def test_pictures_of_equal_pixels_are_equal():
    array = noise(3, 3)
    assert Picture.from_array(array, name="a") == Picture.from_array(array, name="b")
    assert len({Picture.from_array(array), Picture.from_array(array.copy())}) == 1
    assert Picture.from_array(array) != Picture.from_array(noise(3, 3, seed=1))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("cat.png", "cat.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\dog.jpg", "dog.jpg"),
        ("a\x00b\nc\u202e.png", "a b c .png"),
        ("", "picture"),
        ("folder/", "picture"),
        ("x" * 300, "x" * 80),
    ],
)
def test_names_are_plain(name, plain):
    assert Picture.from_array(noise(1, 1), name=name).name == plain


def test_a_grey_array_is_a_picture():
    grey = noise(3, 4)[..., 0]
    assert (Picture.from_array(grey).pixels == grey[..., None]).all()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((3, 4, 3)),
        np.zeros((3, 4, 4), np.uint8),
        np.zeros(3, np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((2, 3, 4, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused(array):
    with pytest.raises(PictureError):
        Picture.from_array(array)


def test_a_large_array_is_reduced_to_means():
    array = np.zeros((2 * MAX_SIDE, 6, 3), np.uint8)
    array[::2] = 200  # each pair of rows has the mean 100
    picture = Picture.from_array(array)
    assert picture.pixels.shape == (MAX_SIDE, 3, 3)
    assert (picture.pixels == 100).all()
    assert "reduced from 6 × 4,096 to 3 × 2,048" in picture.notes[0]


def test_files(tmp_path):
    array = noise(5, 7)
    path = tmp_path / "a picture.png"
    path.write_bytes(encoded(array, "PNG"))
    picture = Picture.from_file(path)
    assert picture.name == "a picture.png"
    assert (picture.pixels == array).all()
    with pytest.raises(PictureError, match="no file"):
        Picture.from_file(tmp_path / "missing.png")
    with pytest.raises(PictureError, match="a folder"):
        Picture.from_file(tmp_path)
    with pytest.raises(PictureError):
        Picture.from_file("\0")


def test_many_threads_each_get_their_own_picture():
    arrays = [noise(40, 30 + index, seed=index) for index in range(16)]
    files = [encoded(array, "PNG") for array in arrays]
    got = [None] * len(files)

    def read(index):
        got[index] = Picture.from_bytes(files[index]).pixels

    threads = [threading.Thread(target=read, args=(index,)) for index in range(len(files))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((pixels == array).all() for pixels, array in zip(got, arrays, strict=True))


# What the model is shown


def _painted(frame, grid):
    """A photograph whose every pixel has the colour of the cell it falls in, and the cells' colours."""
    colours = np.random.default_rng(0).integers(0, 256, (grid.rows, grid.columns, 3)).astype(np.uint8)
    photo = np.zeros((frame.photo_height, frame.photo_width, 3), np.uint8)
    for row in range(frame.photo_height):
        for column in range(frame.photo_width):
            cell = grid.cell_of(frame.to_input(PhotoPoint(row + 0.5, column + 0.5)))
            photo[row, column] = colours[cell.row, cell.column]
    return photo, colours


@pytest.mark.parametrize("how", FITS)
@pytest.mark.parametrize(
    ("size", "grid"),
    [
        ((96, 96), Grid(8, 8, 64, 64)),
        ((101, 150), Grid(8, 8, 64, 64)),
        ((203, 77), Grid(6, 6, 96, 96)),
        ((97, 120), Grid(4, 9, 64, 144)),
        ((60, 61), Grid(4, 4, 224, 224)),
    ],
)
def test_every_cell_shows_its_own_part_of_the_photograph(size, grid, how):
    frame = Frame.fit(size, (grid.height, grid.width), how=how)
    photo, colours = _painted(frame, grid)
    shown = render(Picture.from_array(photo), frame)
    assert shown.shape == (grid.height, grid.width, 3)
    assert shown.dtype == np.uint8
    inside = frame.inside
    checked = 0
    for index in range(len(grid)):
        cell = grid.cell(index)
        box, centre = grid.box_of(cell), grid.centre_of(cell)
        whole = inside.top <= box.top and box.bottom <= inside.bottom
        if not (whole and inside.left <= box.left and box.right <= inside.right):
            continue
        checked += 1
        colour = colours[cell.row, cell.column].astype(int)
        assert np.abs(shown[int(centre.row), int(centre.column)] - colour).max() <= 12
        # A box drawn over the photograph holds pixels of that cell and no other.
        drawn = frame.box_to_photo(box)
        rows = slice(int(np.ceil(drawn.top - 0.5)), int(np.ceil(drawn.bottom - 0.5)))
        columns = slice(int(np.ceil(drawn.left - 0.5)), int(np.ceil(drawn.right - 0.5)))
        assert photo[rows, columns].size > 0
        assert (photo[rows, columns] == colour).all()
    assert checked >= len(grid) // 4


@given(
    st.integers(20, 250),
    st.integers(20, 250),
    st.integers(8, 260),
    st.integers(8, 260),
    st.sampled_from(FITS),
)
def test_a_ramp_is_shown_where_the_frame_says_to_a_fraction_of_a_pixel(height, width, rows, columns, how):
    """Antialiased resizing keeps a straight ramp, so each pixel's value says which place it shows."""
    photo = np.zeros((height, width, 3), np.uint8)
    photo[..., 0] = np.arange(height)[:, None]
    photo[..., 1] = np.arange(width)
    frame = Frame.fit((height, width), (rows, columns), how=how)
    shown = render(Picture.from_array(photo), frame).astype(float)
    for axis, (size, scale) in enumerate(((height, frame.row_scale), (width, frame.column_scale))):
        reach = 2 * max(1.0, 1 / scale) + 1  # of the bicubic kernel: nearer to the rim the ramp bends
        for place in range((rows, columns)[axis]):
            point = frame.to_photo(InputPoint(place + 0.5, place + 0.5))
            at = (point.row, point.column)[axis]
            if not reach < at < size - reach:
                continue
            other = frame.to_input(PhotoPoint(height / 2, width / 2))
            across = min(max(int((other.column, other.row)[axis]), 0), (columns, rows)[axis] - 1)
            value = shown[place, across, 0] if axis == 0 else shown[across, place, 1]
            assert abs(value - (at - 0.5)) <= 0.75  # rounded once for each direction


def test_a_letterbox_is_grey_around_the_photograph():
    shown = render(
        Picture.from_array(np.full((10, 20, 3), 255, np.uint8)),
        Frame.fit((10, 20), (40, 40), how="letterbox"),
    )
    assert (shown[:10] == GREY).all()
    assert (shown[30:] == GREY).all()
    assert (shown[10:30] == 255).all()


@pytest.mark.parametrize("how", FITS)
@pytest.mark.parametrize("size", [(1, 1), (1, MAX_SIDE), (MAX_SIDE, 1), (3, 2000)])
def test_pictures_of_any_shape_can_be_shown(size, how):
    picture = Picture.from_array(np.full((*size, 3), 77, np.uint8))
    frame = Frame.fit(size, (32, 48), how=how)
    shown = render(picture, frame)
    inside = frame.inside
    part = shown[round(inside.top) : round(inside.bottom), round(inside.left) : round(inside.right)]
    assert part.size > 0
    assert (part == 77).all()


def test_a_picture_that_fits_is_shown_unchanged():
    array = noise(32, 48)
    assert (render(Picture.from_array(array), Frame.fit((32, 48), (32, 48))) == array).all()


def test_a_frame_for_another_picture_is_a_mistake():
    with pytest.raises(ValueError, match="frame"):
        render(Picture.from_array(noise(4, 4)), Frame.fit((4, 5), (8, 8)))
