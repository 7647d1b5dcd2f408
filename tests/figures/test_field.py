"""What is drawn of an effective field are its own numbers."""

import numpy as np
import pytest

from explorer.analysis.field import EffectiveField, RadiusByDepth
from explorer.analysis.field_growth import FieldGrowth
from explorer.figures.field import compare_figure, effective_figure, exponent_figure
from explorer.geometry import Box, Cell, Frame, InputPoint

BOX = Box(-4, 4, 28, 36)


def bump(sigma, *, theoretical=BOX, size=(40, 40), layer="a"):
    rows, columns = np.arange(size[0]) + 0.5 - 12, np.arange(size[1]) + 0.5 - 20
    values = np.exp(-(rows[:, None] ** 2 + columns**2) / (2 * sigma**2))
    return EffectiveField(layer, Cell(1, 2), InputPoint(12, 20), values / values.sum(), theoretical, 1, 4)


def test_the_map_is_drawn_as_share_of_its_largest_on_the_seen_part_of_the_photograph():
    result = bump(5)
    frame = Frame.fit((80, 160), (40, 40))
    figure = effective_figure(result, None, frame)
    heatmap = figure.data[0]
    np.testing.assert_allclose(heatmap.customdata, result.map / result.map.max(), rtol=1e-6)
    assert (heatmap.x[0], heatmap.x[-1], heatmap.y[0], heatmap.y[-1]) == (40, 120, 0, 80)
    assert figure.layout.coloraxis.colorbar.title.text
    mark = figure.data[1]
    assert (mark.x[0], mark.y[0]) == (40 + 2 * 20, 24)


def test_the_theoretical_box_is_cut_at_the_picture():
    shapes = effective_figure(bump(5)).layout.shapes
    assert {(shape.x0, shape.x1, shape.y0, shape.y1) for shape in shapes} == {(4, 36, 0, 28)}
    assert not effective_figure(bump(5, theoretical=None)).layout.shapes
    assert not effective_figure(bump(5), box=False).layout.shapes


def test_large_maps_are_averaged_over_whole_blocks():
    result = bump(30, size=(448, 448))
    heatmap = effective_figure(result).data[0]
    drawn = np.array(heatmap.customdata)
    assert max(drawn.shape) <= 160
    side = 448 // len(drawn)
    means = result.map.reshape(len(drawn), side, -1, side).mean((1, 3))
    np.testing.assert_allclose(drawn, means / means.max(), rtol=1e-5, atol=1e-7)


def test_compared_maps_share_one_colour_scale_and_tell_their_radius():
    figure = compare_figure({"trained": bump(3), "untrained": bump(6)}, log=True)
    maps = [trace for trace in figure.data if trace.type == "heatmap"]
    assert {trace.coloraxis for trace in maps} == {"coloraxis"}
    assert figure.layout.coloraxis.cmax == 0
    titles = [note.text for note in figure.layout.annotations]
    assert f"trained · 90 % within {bump(3).radius_90:.0f} px" in titles


def test_radius_curves_are_the_radii_along_relative_depth():
    cnn = [bump(sigma, layer=f"layer{sigma}") for sigma in (1, 2, 4)]
    vit = [bump(sigma, theoretical=None) for sigma in (5, 6)]
    figure = RadiusByDepth({"CNN": cnn, "ViT": vit}).figure(chosen=0.5)
    curves = {trace.name: trace for trace in figure.data}
    assert set(curves) == {"CNN, 90 %", "CNN, 50 %", "CNN, theory", "ViT, 90 %", "ViT, 50 %"}
    assert list(curves["CNN, 90 %"].x) == [0, 0.5, 1]
    assert list(curves["CNN, 90 %"].y) == [result.radius_90 for result in cnn]
    assert list(curves["ViT, 50 %"].y) == [result.radius_50 for result in vit]
    assert list(curves["CNN, theory"].y) == [16, 16, 16]


def test_the_fitted_power_is_a_line_through_the_radii():
    depths = (2, 8, 32)
    sigma = 0.9 * np.array(depths) ** 0.5
    growth = FieldGrowth(depths, 3, "relu", 4, sigma, np.array([2.5, 8.5, 32.5]), 0.5, (0.45, 0.55))
    measured, line = exponent_figure(growth).data[1:]
    np.testing.assert_allclose(measured.y, sigma)
    np.testing.assert_allclose(line.y, sigma)
    assert line.name == "∝ depth^0.50 (95 %: 0.45 to 0.55)"


@pytest.mark.parametrize("log", [False, True])
def test_a_map_draws_itself(log):
    assert effective_figure(bump(4), log=log).to_dict() == bump(4).figure(log=log).to_dict()
