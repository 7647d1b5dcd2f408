"""`import explorer`: what it gives, how light it is, and that every result draws itself."""

import dataclasses
import inspect
import subprocess
import sys
import typing

import numpy as np
import plotly.graph_objects as go
import pytest

import explorer

MATERIAL = {"TrueObjects", "Answers", "Observation", "Scene"}
"""What an analysis is given, not what it finds."""


def results_of(name: str) -> list[type]:
    """Frozen dataclasses that a function says it returns, alone or in a tuple."""
    function = getattr(explorer, name)
    if not inspect.isfunction(function):
        return []
    hint = typing.get_type_hints(function).get("return")
    inner = [arg for arg in typing.get_args(hint) if inspect.isclass(arg)] or [hint]
    return [item for item in inner if dataclasses.is_dataclass(item)]


ANALYSES = [name for name in explorer.__all__ if explorer._MODULES[name].startswith("explorer.analysis.")]


@pytest.mark.parametrize("name", explorer.__all__)
def test_every_name_is_there_and_explained(name: str):
    assert name in dir(explorer)
    assert inspect.getdoc(getattr(explorer, name))


def test_no_other_name_is():
    with pytest.raises(AttributeError, match="nothing"):
        explorer.nothing  # noqa: B018


@pytest.mark.parametrize("name", ANALYSES)
def test_every_result_draws_itself(name: str):
    for result in results_of(name):
        if result.__name__ not in MATERIAL:
            assert callable(getattr(result, "figure", None)), f"{result.__name__} has no figure"


def test_most_analyses_have_results():
    assert sum(bool(results_of(name)) for name in ANALYSES) >= 25


def test_importing_brings_in_neither_torch_nor_plotly():
    heavy = ("torch", "numpy", "PIL", "plotly", "timm", "transformers", "streamlit")
    code = f"import sys, explorer; dir(explorer); print(*[each for each in {heavy!r} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_first_lines_of_the_documentation():
    picture, vit = explorer.find_picture("cat"), explorer.load("vit", device="cpu")
    seen = explorer.observe(vit, picture)
    drawn = explorer.rollout(seen).figure()
    assert isinstance(drawn, go.Figure)
    plainly = explorer.rollout(explorer.observe(vit, vit.see(picture)))
    assert drawn == plainly.figure(picture=picture.pixels, frame=vit.frame(picture))
    row = explorer.attention_maps(explorer.observe(vit, picture, fit="letterbox"), 3).row(1)
    assert row.figure() == row.figure(picture=picture.pixels, frame=vit.frame(picture, "letterbox"))


def test_a_picture_is_nothing_that_a_module_takes():
    vit = explorer.load("vit", device="cpu")
    with pytest.raises(explorer.ExplorerError, match="cannot be shown a picture"):
        explorer.observe(vit.module, explorer.find_picture("cat"))


def test_an_attribution_its_curve_and_its_sanity_are_drawn():
    picture, vit = explorer.find_picture("cat"), explorer.load("vit", device="cpu")
    x = vit.see(picture)
    result = explorer.attribute(vit, picture, "relevance")
    np.testing.assert_array_equal(result.values, explorer.attribute(vit, x, "relevance").values)
    on_photo = result.figure()
    assert on_photo == result.figure(picture=picture.pixels, frame=vit.frame(picture))
    np.testing.assert_allclose(next(t for t in on_photo.data if t.type == "heatmap").z, result.values[0])
    curve = explorer.faithfulness_curves(
        vit, x, result.values, result.grid, result.targets, order="deletion", steps=3
    )
    np.testing.assert_array_equal(curve.figure().data[0].y, curve.probability[0])
    sane = explorer.sanity(vit, x, ["grad-cam"], target=0, grid=result.grid)
    np.testing.assert_array_equal(sane.figure().data[0].y, sane.correlations["Grad-CAM"])


def test_a_picture_and_an_equivariance_are_drawn_as_they_are():
    cnn, picture = explorer.load("cnn-128", device="cpu"), explorer.find_picture("coins")
    result = explorer.shift_error(cnn.module, cnn.see(picture), rows=8)
    (curve,) = result.figure(title="cnn").data
    np.testing.assert_allclose(curve.y, np.maximum(result.errors, min(curve.y)))
    (image,) = explorer.plot(picture).layout.images
    assert (image.sizex, image.sizey) == (picture.width, picture.height)


def test_a_detr_pass_draws_its_last_layer():
    detr, picture = explorer.load("detr-scenes", device="cpu"), explorer.find_picture("scene-100")
    sight = explorer.run_detr(detr, picture)
    drawn = sight.figure()
    assert drawn == sight.predictions().figure(picture=picture.pixels, frame=sight.frame)
    assert len(drawn.layout.shapes) >= int(sight.predictions().selected.sum()) > 0
