import numpy as np
import pytest

from explorer.analysis.attention import attention_maps
from explorer.analysis.heads import head_statistics
from explorer.errors import AnalysisError
from explorer.figures.attention import MEASURES
from explorer.geometry import Box, Cell, Frame
from tests.analysis.written_out import layout, observed, random_maps
from tests.figures.drawn import boxes, heatmaps

TOKENS = layout(3, 4, cell=(16, 16))
PHOTO = np.zeros((96, 256, 3), np.uint8)
FRAME = Frame.fit((96, 256), (48, 64), how="crop")


@pytest.fixture
def observation():
    return observed(random_maps(3, 1, 5, 13, sharpness=2.0), TOKENS)


def test_the_row_is_drawn_without_its_prefix_on_the_seen_part(observation):
    row = attention_maps(observation, 1, query=Cell(1, 2)).row(3)
    figure = row.figure(picture=PHOTO, frame=FRAME)
    drawn = heatmaps(figure)[0]
    np.testing.assert_allclose(drawn.z, row.weights[1:].reshape(3, 4), rtol=1e-6)
    assert (drawn.x[0], drawn.x[-1], drawn.y[0], drawn.y[-1]) == (64, 192, 0, 96)
    assert set(boxes(figure)) == {Box(32, 128, 64, 160)}
    assert figure.layout.coloraxis.colorbar.title.text == "share of the query's attention"


def test_the_class_token_has_no_patch_to_outline(observation):
    assert boxes(attention_maps(observation, 0, query="class").row().figure(picture=PHOTO, frame=FRAME)) == []


def test_all_heads_share_one_colour_scale(observation):
    maps = attention_maps(observation, 2, query="class")
    figure = maps.figure(picture=PHOTO, frame=FRAME)
    drawn = heatmaps(figure)
    assert len(drawn) == 5
    assert {trace.coloraxis for trace in drawn} == {"coloraxis"}
    assert figure.layout.coloraxis.cmin == 0
    assert figure.layout.coloraxis.cmax == pytest.approx(maps.weights[:, 1:].max())
    for trace, weights in zip(drawn, maps.weights, strict=True):
        np.testing.assert_allclose(trace.z, weights[1:].reshape(3, 4), rtol=1e-6)


def test_logarithmic_colours_still_tell_the_weights(observation):
    row = attention_maps(observation, 0).row()
    drawn = heatmaps(row.figure(log=True))[0]
    np.testing.assert_allclose(drawn.customdata, row.weights[1:].reshape(3, 4), rtol=1e-6)
    assert drawn.z.max() == pytest.approx(np.log10(row.weights[1:].max()))


def test_without_a_photograph_the_models_input_is_the_ground(observation):
    figure = attention_maps(observation, 0).figure()
    assert not figure.layout.images
    assert figure.layout.xaxis.range == (0, 64)


@pytest.mark.parametrize("measure", MEASURES)
def test_every_head_of_every_layer_is_a_point(observation, measure):
    result = head_statistics(observation)
    figure = result.figure(measure=measure, layer=1, head=2)
    points = figure.data[0]
    for x, y, (layer, head), size in zip(
        points.x, points.y, points.customdata, points.marker.size, strict=True
    ):
        assert round(x) == layer
        assert y == getattr(result, measure)[layer - 1, head - 1]
        assert (size > 10) == ((layer, head) == (2, 3))
    assert len(points.x) == 15


def test_tokens_without_places_are_not_drawn():
    maps = attention_maps(observed(random_maps(1, 1, 1, 4)), 0, query=0)
    with pytest.raises(AnalysisError, match="cannot be drawn"):
        maps.row().figure()
