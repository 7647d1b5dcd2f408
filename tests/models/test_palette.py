import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import PictureError
from explorer.models.palette import clusters_palette, levels_palette


@pytest.mark.parametrize("levels", [2, 16, 17, 256])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_shown_is_read_back_as_the_same_values(levels: int, channels: int):
    palette = levels_palette(levels, channels)
    values = np.random.default_rng(0).integers(0, levels, (8, 8, channels))
    assert (palette.values(palette.pixels(values), 8, 8) == values).all()


def test_black_and_white_are_the_ends():
    palette = levels_palette(17, 1)
    assert palette.colour(0, 0) == "#000000"
    assert palette.colour(16, 0) == "#ffffff"
    assert levels_palette(256, 3).colour(255, 1) == "#00ff00"


def test_colours_go_to_the_nearest():
    palette = clusters_palette(np.array([[-1.0, -1, -1], [1, 1, 1], [1, -1, -1]]))
    assert palette.nearest(np.array([[[250.0, 20, 30], [200, 220, 190]]])).ravel().tolist() == [2, 1]


def test_a_larger_picture_is_averaged_over_its_centred_part():
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[:, 2:4] = 255  # columns 2 … 5 are the centred square
    values = levels_palette(256, 1).values(pixels, 2, 2)
    assert values[..., 0].tolist() == [[255, 0], [255, 0]]


@given(rows=st.integers(1, 40), columns=st.integers(1, 40), shade=st.integers(0, 255))
def test_a_flat_picture_of_any_size_stays_flat(rows: int, columns: int, shade: int):
    pixels = np.full((rows, columns, 3), shade, np.uint8)
    assert (levels_palette(256, 3).values(pixels, 5, 7) == shade).all()


def test_a_picture_without_pixels_is_refused():
    with pytest.raises(PictureError):
        levels_palette(4, 1).values(np.zeros((0, 3, 3), np.uint8), 2, 2)
