import numpy as np

from explorer.analysis.generation import next_value, step_attention, surprise
from explorer.analysis.writing_reach import ReachesCompared, compared_reach
from explorer.figures.canvas import canvas_figure
from explorer.figures.generation import step_attention_figure, strip_figure
from explorer.models.sampler import Sampler
from tests.models.writing import small


def writer_at(step: int, **said: object) -> Sampler:
    writer = Sampler(small(3, **said), 1, seed=1)
    writer.step(step)
    return writer


def heat(figure: object) -> list:
    return [trace for trace in figure.data if trace.type == "heatmap"]


def test_the_canvas_shows_what_is_written_and_takes_clicks_everywhere():
    writer = writer_at(22, attention="2d", query=(2, 3), memory=(2, 2))
    written = writer.picture() >= 0
    memory = writer.model.blocks.memory_mask(22)
    figure = canvas_figure(writer.pixels(), written, coming=(3, 1, 1), memory=memory)
    (clicks,) = [trace for trace in figure.data if trace.name == "pixels"]
    assert sorted(map(tuple, clicks.customdata)) == [(row, column) for row in range(6) for column in range(7)]
    assert len(figure.layout.images) == 1


def test_the_outline_is_the_border_of_the_memory_block():
    memory = np.zeros((4, 5), bool)
    memory[1:3, 1:4] = True
    memory[1, 4] = True
    figure = canvas_figure(np.zeros((4, 5, 3), np.uint8), np.ones((4, 5, 1), bool), memory=memory)
    line = next(trace for trace in figure.data if trace.name == "memory block")
    points = list(zip(line.x, line.y, strict=True))
    sides = [{points[i], points[i + 1]} for i in range(0, len(points), 3)]
    assert len(sides) == 12  # the perimeter of seven pixels in this shape
    assert {(1, 1), (2, 1)} in sides
    assert {(5, 1), (5, 2)} in sides
    assert {(4, 1), (4, 2)} not in sides


def test_attention_panels_are_the_heads_on_one_scale():
    result = step_attention(writer_at(50))
    figure = step_attention_figure(result, layer=1)
    assert len(heat(figure)) == 2
    for head, trace in enumerate(heat(figure)):
        shown = np.nan_to_num(np.asarray(trace.customdata, float))
        np.testing.assert_allclose(shown, result.maps[1, head].sum(-1), atol=1e-6)
    assert len(heat(step_attention_figure(result))) == 2


def test_bars_are_the_distribution_before_and_after():
    shown = next_value(writer_at(7))
    figure = shown.figure()
    bars = [trace for trace in figure.data if trace.type == "bar"]
    np.testing.assert_allclose(np.asarray(bars[0].y, float), shown.probabilities)
    np.testing.assert_allclose(np.asarray(bars[1].y, float), shown.truncated)


def test_surprise_is_drawn_in_bits():
    writer = writer_at(60)
    result = surprise(writer.model, writer.picture())
    (trace,) = heat(result.figure())
    assert np.isnan(np.asarray(trace.customdata, float)).sum() == 42 - 20
    assert "bits a pixel" in result.figure().layout.coloraxis.colorbar.title.text
    (red,) = heat(result.figure(channel=0))
    np.testing.assert_allclose(np.asarray(red.customdata, float), result.bits[..., 0], atol=1e-6)


def test_reach_is_drawn_for_every_network_with_its_blind_spot():
    results = compared_reach(5, 4, height=8, width=9, query=2, memory=1, convolutions=2)
    figure = ReachesCompared(tuple(results)).figure()
    assert len(heat(figure)) == 4
    for result, trace in zip(results, heat(figure), strict=True):
        np.testing.assert_array_equal(np.isfinite(np.asarray(trace.customdata, float)), result.seen)
    blind = [trace for trace in figure.data if trace.legendgroup == "blind"]
    assert [0 if trace.x is None else len(trace.x) for trace in blind] == [
        int(result.blind.sum()) for result in results
    ]


def test_a_strip_has_a_panel_for_every_picture():
    pictures = [np.full((4, 4, 3), shade, np.uint8) for shade in (0, 100, 200)]
    figure = strip_figure([pictures[0][:2, :2], *pictures], ["small", "a", "b", "c"])
    assert len(figure.layout.images) == 4
    assert {(image.sizex, image.sizey) for image in figure.layout.images} == {(2, 2)}
