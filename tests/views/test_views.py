"""Every view draws every panel, from what it says it uses and from one forward pass."""

import dataclasses
from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer import zoo
from explorer.analysis.rollout import rollout
from explorer.errors import ControlError, ExplorerError, ExportError
from explorer.export import DRAWN, FORMATS, write
from explorer.provenance import Provenance
from explorer.tap import observe
from explorer.views import VIEWS, View, sections
from explorer.views.controls import controls_of, resolve
from explorer.views.scope import OBSERVATIONS, REMEMBERED, Scope, find_picture, open_scope
from explorer.views.values import Value, as_text

PANELS = [(view, panel.name) for view in VIEWS.values() for panel in view.panels]
IDS = [f"{view.name}/{panel}" for view, panel in PANELS]


def opened(view: View, raw: Mapping[str, Value] | None = None) -> tuple[object, Scope]:
    scope, refused = open_scope(view.controls, raw or {}, find_picture, device="cpu")
    controls, more = resolve(view.controls, {**(raw or {}), **scope.chosen}, scope)
    assert refused == more == ()
    return controls, scope


@pytest.mark.parametrize(("view", "name"), PANELS, ids=IDS)
@pytest.mark.parametrize("fit", ["crop", "letterbox"])
def test_every_panel_draws_and_reaches_every_kind_of_data_file(view: View, name: str, fit: str):
    controls, scope = opened(view, {"picture": "rocket", "fit": fit})
    panel = view.panel(name)
    drawing = view.draw(panel, controls, scope)
    assert isinstance(drawing.figure, go.Figure)
    assert drawing.figure.data or drawing.figure.layout.images
    assert drawing.data
    assert drawing.caption.endswith(".")
    assert len(drawing.alt) > 20
    assert set(drawing.units) <= set(drawing.data)
    for array in drawing.data.values():
        assert array.size
        assert array.dtype.kind == "U" or np.isfinite(array).any()
    provenance = Provenance.of(view, panel, controls, scope)
    assert Provenance.from_json(write(drawing, provenance, "json")) == provenance
    for form in set(FORMATS) - {*DRAWN, "json", "tex"}:
        assert len(write(drawing, provenance, form)) > 300
    with suppress(ExportError):  # of photographs alone, and of what TeX has no memory for
        assert len(write(drawing, provenance, "tex")) > 300


@pytest.mark.parametrize(("view", "name"), PANELS, ids=IDS)
def test_a_panel_names_controls_that_exist(view: View, name: str):
    panel, names = view.panel(name), {control.name for control in controls_of(view.controls)}
    assert set(panel.uses) <= names
    assert set(panel.click) | set(panel.click_also) <= set(panel.uses)
    assert panel.tab in ("", *view.tabs)


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_no_control_beside_a_tab_changes_nothing_there(view: View):
    for tab in view.tabs or ("",):
        controls, _ = opened(view, {"tab": tab} if tab else {})
        used = {name for panel in view.panels if panel.tab in ("", tab) for name in panel.uses}
        beside = {
            each.name for each in controls_of(view.controls) if each.concerns(controls) and not each.elsewhere
        }
        assert beside - {"tab"} <= used, tab


def test_a_patch_is_chosen_only_where_a_patch_is_asked():
    by_name = {each.name: each for each in controls_of(VIEWS["vision-transformer"].controls)}
    for raw, shown in (
        ({}, False),
        ({"token": "patch"}, True),
        ({"tab": "rollout"}, False),
        ({"tab": "tokens"}, True),
    ):
        controls, _ = opened(VIEWS["vision-transformer"], raw)
        assert by_name["row"].concerns(controls) == by_name["column"].concerns(controls) == shown, raw


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_an_address_reopens_the_view(view: View):
    controls, scope = opened(view)
    changed = {}
    for control in controls_of(view.controls):
        known = control.resolved(scope)
        if control.kind == "switch":
            changed[control.name] = not getattr(controls, control.name)
        elif control.kind == "whole":
            changed[control.name] = int(known.low or 0)
        elif control.kind == "real":
            changed[control.name] = float(known.high or 0)
        elif control.kind == "choice":
            changed[control.name] = known.choices[-1]
    asked = dataclasses.replace(controls, **changed)
    address = view.address(asked, scope)
    back, refused = resolve(view.controls, {**address, **scope.chosen}, scope)
    assert back == asked
    assert refused == ()


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_an_untouched_view_has_a_bare_address(view: View):
    controls, scope = opened(view)
    assert view.address(controls, scope) == {}


def test_nothing_but_a_new_picture_runs_a_second_forward_pass():
    view = VIEWS["vision-transformer"]
    model = zoo.load("vit", device="cpu")
    passes = []
    OBSERVATIONS.clear()  # whatever other tests have looked at
    REMEMBERED.clear()
    hook = model.module.register_forward_pre_hook(lambda module, given: passes.append(1))
    try:
        for raw in (
            {"picture": "coins", "layer": "1", "head": "2"},
            {"picture": "coins", "layer": "5", "head": "max", "token": "patch", "row": "3"},
            {"picture": "coins", "fusion": "min", "discard": "0.5", "residual": "0.2", "depth": "2"},
        ):
            controls, scope = opened(view, raw)
            for name in ("attention", "distance", "rollout", "collapse", "prediction"):
                view.draw(view.panel(name), controls, scope)
        assert len(passes) == 1
        opened(view, {"picture": "clock"})[1].look()
        assert len(passes) == 2
    finally:
        hook.remove()


def test_what_is_drawn_is_what_the_model_computed():
    view = VIEWS["vision-transformer"]
    controls, scope = opened(
        view, {"picture": "coffee", "layer": "4", "head": "2", "token": "patch", "row": "3"}
    )
    look = scope.look()
    alone = observe(look.model, look.model.prepare(look.shown))
    query = 1 + 2 * look.model.tokens.grid.columns + (controls.column - 1)
    drawing = view.draw(view.panel("attention"), controls, scope)
    np.testing.assert_allclose(drawing.data["attention"], alone.calls[3].weights()[0, 1, query], atol=1e-6)
    drawn = next(trace for trace in drawing.figure.data if trace.type == "heatmap")
    np.testing.assert_allclose(drawn.z, drawing.data["map"], atol=1e-7)
    rolled = view.draw(view.panel("rollout"), controls, scope)
    np.testing.assert_allclose(rolled.data["rollout"], rollout(alone, query=query).row(11), atol=1e-6)


def test_a_model_of_the_wrong_family_or_none_at_all_is_refused_in_a_sentence():
    view = VIEWS["vision-transformer"]
    for name, word in (
        ("cnn-128", "kind vit or hybrid"),
        ("no_such_model", "no model called"),
        ("vit_small_patch16_224", "vit"),
    ):
        scope, refused = open_scope(view.controls, {"model": name}, find_picture, device="cpu")
        assert scope.chosen["model"] == "vit"
        assert len(refused) == 1
        assert word in refused[0]
        with pytest.raises(ExplorerError):
            open_scope(view.controls, {"model": name}, find_picture, device="cpu", strict=True)


def test_random_weights_need_no_download():
    view = VIEWS["vision-transformer"]
    controls, scope = opened(view, {"model": "vit_tiny_patch16_224", "trained": "off"})
    drawing = view.draw(view.panel("attention"), controls, scope)
    assert "untrained" in drawing.caption
    assert drawing.data["map"].shape == (14, 14)


def test_there_is_a_page_for_every_view_and_a_view_for_every_page():
    from tests.test_layers import ROOT

    pages = {str(path.relative_to(ROOT)) for path in (ROOT / "pages").glob("*.py")}
    pages -= {"pages/9_Models.py", "pages/95_Report.py", "pages/96_Many_pictures.py"}
    assert pages == {view.page for view in VIEWS.values()}
    for view in VIEWS.values():  # one name, from the analysis to the address
        assert view.path.lower().replace("_", "-") == view.name
    assert [view for views in sections().values() for view in views] == list(VIEWS.values())
    assert as_text(True) == "on"
    with pytest.raises(ControlError, match="Choose among"):
        VIEWS["vision-transformer"].panel("nothing")
