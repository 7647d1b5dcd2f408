import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.style import blank, colour_scale, rgba, themed


def test_a_theme_changes_the_ink_and_not_the_figure_given():
    figure = blank()
    dark = themed(figure, "dark")
    assert figure.layout.template.layout.font.color != dark.layout.template.layout.font.color
    assert themed(dark, "light").layout.template == figure.layout.template


def test_colours_end_at_the_percentile_and_say_so():
    values = np.arange(101.0)
    assert colour_scale(values, unit="m").high == 100
    clipped = colour_scale(values, unit="m", clip=90)
    assert clipped.high == pytest.approx(90)
    assert clipped.axis()["colorbar"]["title"]["text"] == "m, clipped at 90"


def test_a_logarithmic_scale_has_ticks_in_the_values_own_unit():
    values = np.geomspace(1e-4, 1, 401)
    scale = colour_scale(values, unit="share", log=True)
    axis = scale.axis()
    assert axis["cmin"] == pytest.approx(-3.96)
    assert axis["cmax"] == pytest.approx(0)
    assert axis["colorbar"]["ticktext"] == ["0.001", "0.01", "0.1", "1"]
    assert scale.scaled(np.array([0.0, 0.01]))[1] == pytest.approx(-2)
    assert np.isfinite(scale.scaled(np.array([0.0]))).all()


def test_signed_values_have_zero_in_the_middle():
    scale = colour_scale(np.array([-1.0, 3.0]), unit="1", diverging=True)
    assert (scale.low, scale.high) == (-3, 3)


@given(st.lists(st.floats(0, 1e6), max_size=8), st.booleans(), st.floats(0, 100))
def test_every_scale_has_an_extent(values, log, clip):
    axis = colour_scale(np.array(values), unit="1", log=log, clip=clip).axis()
    assert np.isfinite([axis["cmin"], axis["cmax"]]).all()
    assert axis["cmin"] < axis["cmax"]


def test_transparency_is_added_to_a_colour():
    assert rgba("#ff8000", 0.5) == "rgba(255, 128, 0, 0.5)"
