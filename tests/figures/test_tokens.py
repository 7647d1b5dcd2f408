import numpy as np
import pytest

from explorer.analysis.tokens import Filters, Positions, Step, Tokens
from explorer.errors import AnalysisError
from explorer.figures.tokens import patches_figure, steps_figure
from explorer.geometry import Box, Cell
from tests.analysis.written_out import layout
from tests.figures.drawn import boxes, heatmaps, image_of

TOKENS = layout(2, 3, cell=(8, 8))


@pytest.fixture
def tokens() -> Tokens:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (16, 24, 3), dtype=np.uint8)
    embedded = random.standard_normal((6, 5)).astype(np.float32)
    steps = (Step("picture", (16, 24, 3), "the photograph"), Step("head", (1000,), "classes"))
    return Tokens(pixels, TOKENS, embedded, np.vstack([np.zeros((1, 5), np.float32), embedded]), steps)


def test_each_patch_lies_in_its_cell_with_its_own_pixels(tokens):
    figure = patches_figure(tokens, chosen=Cell(1, 2))
    image = figure.layout.images[0]
    drawn = image_of(image.source)
    assert (image.sizex, image.sizey) == (3, 2)
    high, wide = drawn.shape[0] // 2, drawn.shape[1] // 3
    for row in range(2):
        for column in range(3):
            cell = drawn[row * high : (row + 1) * high, column * wide : (column + 1) * wide]
            opaque = cell[..., 3] == 255
            assert opaque.sum() == 64
            assert (cell[opaque][:, :3] == tokens.patches[3 * row + column].reshape(64, 3)).all()
    assert set(boxes(figure)) == {Box(1, 2, 2, 3)}
    assert figure.layout.annotations[0].text == "token 7 of 7"
    assert [list(cell) for cell in figure.data[0].customdata][4] == [1, 1]


@pytest.mark.parametrize("which", ["filters", "components"])
def test_grey_is_zero_and_the_largest_entry_reaches_the_end(which):
    weights = np.zeros((4, 2, 2, 3), np.float32)
    weights[:, 0, 0, 0], weights[:, 1, 1, 2] = 0.5, -1
    result = Filters(weights, weights, np.array([0.4, 0.3, 0.2, 0.1]))
    figure = result.figure(which=which)
    drawn = image_of(figure.layout.images[0].source)
    colours = {tuple(colour) for colour in drawn[drawn[..., 3] == 255]}
    assert colours == {(191, 128, 128, 255), (128, 128, 128, 255), (128, 128, 0, 255)}
    assert len(figure.data[0].hovertext) == 4


def test_each_small_map_of_positions_is_that_patchs_similarity():
    codes = np.random.default_rng(1).standard_normal((6, 4)).astype(np.float32)
    result = Positions("absolute", TOKENS, codes, "")
    canvas = heatmaps(result.figure())[0].z
    for row in range(2):
        for column in range(3):
            small = canvas[row * 3 : row * 3 + 2, column * 4 : column * 4 + 3]
            np.testing.assert_allclose(small, result.similarity(Cell(row, column)), rtol=1e-5)
            assert small[row, column] == pytest.approx(1)
    one = heatmaps(result.figure(cell=Cell(1, 0)))[0]
    np.testing.assert_allclose(one.z, result.similarity(Cell(1, 0)), rtol=1e-6)


def test_a_large_grid_shows_some_patches_evenly():
    tokens = layout(16, 14, cell=(8, 8))
    result = Positions(
        "absolute", tokens, np.random.default_rng(1).standard_normal((224, 4)).astype(np.float32), ""
    )
    figure = result.figure()
    assert list(figure.layout.yaxis.ticktext) == [1, 3, 5, 7, 9, 11, 13, 15]
    assert heatmaps(figure)[0].z.shape == (8 * 17 - 1, 7 * 15 - 1)


def test_no_codes_are_no_figure():
    with pytest.raises(AnalysisError, match="nothing"):
        Positions("none", TOKENS, None, "There is nothing").figure()


def test_every_step_is_told_with_its_shape(tokens):
    message = " ".join(note.text for note in steps_figure(tokens).layout.annotations)
    assert "16 × 24 × 3" in message
    assert "1,000" in message
