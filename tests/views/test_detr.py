"""The page *DETR* against transformers' own post-processing, brute force, and hostile visitors."""

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torchvision.ops import box_iou
from transformers import DetrImageProcessor

from explorer import zoo
from explorer.analysis.attribution.detr_query import query_relevance
from explorer.analysis.detection import run_detr
from explorer.analysis.slots import answers
from explorer.errors import AnalysisError, ControlError, ExplorerError
from explorer.gallery import PHOTOGRAPHS
from explorer.gallery import picture as gallery_picture
from explorer.geometry import Box
from explorer.images import Picture
from explorer.memory import LRUCache
from explorer.recorded import scenes
from explorer.recorded.scenes import COUNTS, RECORDED, ask, scene_answers, scenes_of
from explorer.scenes import (
    KINDS,
    RandomScene,
    Scene,
    SceneObject,
    drawn_scenes,
    random_scene,
    read_scene,
    scene_picture,
    write_scene,
)
from explorer.scenes.scene import boxes
from explorer.true_boxes import read_boxes, write_boxes
from explorer.ui.pictures import find
from explorer.ui.true_boxes import dragged_box
from explorer.views import VIEWS
from explorer.views.controls import resolve
from explorer.views.detr.controls import objects
from explorer.views.detr.seen import see, truth_of
from explorer.views.scope import Scope, find_picture, open_scope
from explorer.views.values import Value
from explorer.zoo.answers import read_answers
from explorer.zoo.detr import preprocess

VIEW = VIEWS["detr"]
SCENE = "scene-3-5-0.1-0.4-0.2"
NOT_MANY = [panel.name for panel in VIEW.panels if panel.tab not in ("slots", "limits")]


def opened(raw: Mapping[str, Value] | None = None) -> tuple[Any, Scope]:
    asked = {"picture": SCENE, "model": "detr-scenes", **(raw or {})}
    scope, refused = open_scope(VIEW.controls, asked, find_picture, device="cpu")
    controls, more = resolve(VIEW.controls, {**asked, **scope.chosen}, scope)
    assert refused == more == ()
    return controls, scope


def drawn(name: str, raw: Mapping[str, Value] | None = None) -> Any:
    controls, scope = opened(raw)
    return VIEW.draw(VIEW.panel(name), controls, scope)


@pytest.mark.parametrize("fit", ["keep", "letterbox", "squash"])
@pytest.mark.parametrize("picture", [SCENE, "rocket"])
def test_boxes_drawn_are_those_of_the_models_own_post_processing(picture: str, fit: Any) -> None:
    model, shown = zoo.load("detr-scenes", device="cpu"), find_picture(picture)
    ready = preprocess(model, shown, fit=fit)
    with torch.no_grad():
        output = model.module(ready.x, pixel_mask=ready.mask)
    size = [(shown.height, shown.width)]
    theirs = DetrImageProcessor().post_process_object_detection(output, threshold=0.4, target_sizes=size)[0]
    found = drawn("detections", {"picture": picture, "shape": fit, "threshold": 0.4})
    selected = found.data["kept"]
    ours = np.stack([found.data[side] for side in ("left", "top", "right", "bottom")], 1)[selected]
    assert np.array_equal(ours, theirs["boxes"].numpy())
    assert np.array_equal(found.data["score"][selected], theirs["scores"].numpy())
    names = [model.classes[label] for label in theirs["labels"].tolist()]
    assert found.data["class"][selected].tolist() == names
    outlined = {(shape.x0, shape.y0, shape.x1, shape.y1) for shape in found.figure.layout.shapes}
    for box in theirs["boxes"].tolist():
        assert tuple(box) in outlined


def test_relevance_drawn_is_of_the_query_and_the_class_that_are_asked() -> None:
    model, shown = zoo.load("detr-scenes", device="cpu"), find_picture(SCENE)
    ready = preprocess(model, shown, fit="letterbox")
    asked = {"shape": "letterbox", "query": 2, "target": model.classes[1]}
    values = drawn("relevance", asked).data["relevance"]
    wanted = query_relevance(model, ready.x, 2, target=1, mask=ready.mask).values[0]
    np.testing.assert_allclose(np.nan_to_num(values), wanted, atol=1e-7)
    other = drawn("relevance", asked | {"target": model.classes[0]}).data["relevance"]
    assert not np.allclose(np.nan_to_num(other), wanted)
    likeliest = drawn("relevance", {"query": 2})
    row = drawn("table").data["class"][2]
    assert likeliest.numbers["class"][0] == row or row == "no object"


def test_no_control_but_picture_model_and_shape_runs_a_second_pass() -> None:
    model = zoo.load("detr-scenes", device="cpu")
    passes: list[int] = []
    hook = model.module.register_forward_pre_hook(lambda module, given: passes.append(1))
    try:
        for raw in (
            {"picture": "scene-77"},
            {"picture": "scene-77", "threshold": 0.1, "query": 3, "layer": 1, "head": "2", "rejected": "on"},
            {"picture": "scene-77", "row": 4, "column": 30, "encoder_layer": 1},
            {"picture": "scene-77", "class_cost": 0, "l1": 10, "giou": 0.5, "without_queries": "1,2"},
        ):
            for name in NOT_MANY:
                if name != "relevance":  # gradients take a pass of their own
                    drawn(name, raw)
        assert len(passes) == 1
        drawn("detections", {"picture": "scene-77", "shape": "letterbox"})
        assert len(passes) == 2
    finally:
        hook.remove()


def test_assignment_is_the_cheapest_of_all() -> None:
    weights = {"class_cost": 2.0, "l1": 3.0, "giou": 1.5}
    made = drawn("matrix", weights)
    cost = made.data["cost"]
    parts = 2 * made.data["class"] + 3 * made.data["L1"] + 1.5 * made.data["GIoU"]
    np.testing.assert_allclose(cost, parts)
    # The best query of an object is among its five cheapest: there are but four others to take them.
    objects = range(cost.shape[1])
    near = sorted({query for thing in objects for query in np.argsort(cost[:, thing])[:5].tolist()})
    best = min(
        sum(cost[query, thing] for thing, query in zip(objects, queries, strict=True))
        for queries in itertools.permutations(near, len(objects))
    )
    assert made.numbers["cost of the assignment"][0] == pytest.approx(best)


def test_what_is_left_out_changes_the_assignment() -> None:
    whole = drawn("matrix")
    query = int(whole.data["pair query"][0])
    fewer = drawn("matrix", {"without_queries": str(query), "without_objects": "1"})
    assert query not in fewer.data["pair query"]
    assert 1 not in fewer.data["pair object"]
    assert len(fewer.data["pair query"]) == len(whole.data["pair query"]) - 1


def test_truth_of_a_scene_is_its_polygons_boxes() -> None:
    known = boxes(read_scene(SCENE), height=480, width=480)
    pairs = drawn("pairs")
    dotted = [shape for shape in pairs.figure.layout.shapes if shape.line.dash == "dot"]
    outlined = {(round(s.x0, 3), round(s.y0, 3), round(s.x1, 3), round(s.y1, 3)) for s in dotted}
    for truth in known:
        box = truth.box
        assert tuple(round(side, 3) for side in (box.left, box.top, box.right, box.bottom)) in outlined


def test_first_layers_self_attention_says_that_it_says_nothing() -> None:
    assert "carries no information" in drawn("self", {"layer": 1}).caption
    assert "carries no information" not in drawn("self", {"layer": 2}).caption


def test_recall_never_exceeds_queries_over_objects() -> None:
    curve = drawn("by-count", {"scenes": 24})
    assert (curve.data["recall"] <= 16 / curve.data["at"] + 1e-9).all()
    assert curve.data["at"].max() > 16


def one(word: str) -> str:
    return f"scene~noise-5~{word}"


@pytest.mark.parametrize(
    ("panel", "raw", "word"),
    [
        ("matrix", {"picture": "scene-3-0-0.1-0.4-0.2"}, "no object to be found"),
        ("pairs", {"picture": "scene-3-40-0.04-0.2-0.2"}, "more objects than queries"),
        ("detections", {"threshold": 1.0}, "Lower the threshold"),
        ("losses", {"picture": "cat"}, "no object to be found"),
        ("losses", {"picture": "football", "model": "detr-cells"}, "no object to be found"),
    ],
)
def test_what_there_is_none_of_is_said(panel: str, raw: dict[str, Value], word: str) -> None:
    assert word in drawn(panel, raw).caption


@pytest.mark.parametrize(
    ("panel", "raw", "word"),
    [
        ("matrix", {"picture": one("car_3_0.5_0.2_d64030_0")}, "lies outside the picture"),
        ("matrix", {"picture": "cat", "boxes": "car_10_10_10_50"}, "has no area"),
        ("pairs", {"picture": "cat", "boxes": "car_-90_10_-10_50"}, "lies outside the picture"),
        ("losses", {"picture": "cat", "boxes": "dog_10_10_50_50"}, "kind that the model does not know"),
        ("losses", {"model": "detr-photos"}, "does not know its kinds of objects"),
        ("losses", {"picture": "cat", "boxes": "car_10_10_50"}, "is no box"),
        ("losses", {"picture": "cat", "boxes": "car_10_10_50_nan"}, "no number"),
        ("slots", {"threshold": 1.0, "scenes": 24}, "lower the threshold"),
    ],
)
def test_what_cannot_be_is_a_sentence(panel: str, raw: dict[str, Value], word: str) -> None:
    with pytest.raises((AnalysisError, ControlError), match=f"(?i){word}"):
        drawn(panel, raw)


@pytest.mark.parametrize(
    ("picture", "word"),
    [
        (one("boat_0.5_0.5_0.2_d64030_0"), "no kind of object"),
        (one("car_0.5_0.5_7_d64030_0"), "size"),
        (one("car_0.5_0.5"), "describes no part"),
        (one("car_0.5_0.5_0.2_red_0"), "describes no part"),
        (one("car_nan_0.5_0.2_d64030_0"), "no number"),
        ("scene~nowhere-5", "describes no part"),
        ("scene-1-9-0.5-0.1-0.2", "make no scene"),
        ("scene-1-99-0.1-0.4-0.2", "is not drawn"),
        ("~".join([one("car_0.5_0.5_0.2_d64030_0")] + ["car_0.5_0.5_0.2_d64030_0"] * 70), "is not drawn"),
    ],
)
def test_hostile_scenes_are_refused_and_the_default_is_shown(picture: str, word: str) -> None:
    with pytest.raises(ExplorerError, match=word):
        find(picture)
    scope, refused = open_scope(VIEW.controls, {"picture": picture}, find, device="cpu")
    assert len(refused) == 1
    assert scope.picture.name == "dog"


def test_another_kind_of_model_is_refused_in_a_sentence() -> None:
    scope, refused = open_scope(VIEW.controls, {"model": "vit"}, find_picture, device="cpu")
    assert "kind detr" in refused[0]
    assert scope.chosen["model"] == "detr-photos"


def test_scenes_read_back_as_they_were_written() -> None:
    made = read_scene(SCENE)
    again = read_scene(write_scene(made))
    assert [thing.kind for thing in again.objects] == [thing.kind for thing in made.objects]
    for one_, other in zip(made.objects, again.objects, strict=True):
        assert other.row == pytest.approx(one_.row, abs=1e-4)
        assert other.rotation == pytest.approx(one_.rotation, abs=0.06)
        assert (other.colour, other.texture, other.text, other.mirrored) == (
            one_.colour,
            one_.texture,
            one_.text,
            one_.mirrored,
        )
    assert again.background == made.background
    assert write_scene(again) == write_scene(made)
    assert RandomScene.read(SCENE) == RandomScene(3, 5, 0.1, 0.4, 0.2)
    assert RandomScene(3, 5, 0.1, 0.4, 0.2).reference == SCENE
    empty = write_scene(Scene((), made.background, 480, 480))
    assert scene_picture(empty).name == "scene of 0 objects"
    thing = SceneObject(KINDS[0], 0.5, 0.5, 0.2)
    assert write_scene(Scene((thing,), made.background)).endswith(
        "~circle_0.5_0.5_0.2_d64030_0_plain_A_plain"
    )


KNOWN = [name for name, each in PHOTOGRAPHS.items() if each.objects]


def test_known_objects_of_the_gallery_lie_in_their_photographs_and_are_of_known_kinds() -> None:
    classes = zoo.load("detr-photos", device="cpu").classes
    assert len(KNOWN) >= 4
    for name in KNOWN:
        shown = gallery_picture(name)
        for kind, box in read_boxes(PHOTOGRAPHS[name].objects):
            assert kind in classes
            assert 0 <= box.top < box.bottom <= shown.height
            assert 0 <= box.left < box.right <= shown.width


@pytest.mark.parametrize(
    ("name", "thing"),
    [("dog", "dog"), ("jockey", "horse"), ("taxis", "car"), ("astronaut", "person")],
)
def test_the_model_of_photographs_finds_what_was_drawn_by_hand(name: str, thing: str) -> None:
    model, shown = zoo.load("detr-photos", device="cpu"), find_picture(name)
    found = run_detr(model, preprocess(model, shown, fit="keep")).predictions(threshold=0.7)
    drawn_by_hand = [
        [box.left, box.top, box.right, box.bottom]
        for kind, box in read_boxes(PHOTOGRAPHS[name].objects)
        if kind == thing
    ]
    of_kind = [query for query in np.flatnonzero(found.selected).tolist() if found.name(query) == thing]
    best = box_iou(torch.tensor(drawn_by_hand), torch.tensor(found.boxes[of_kind]).float()).max()
    assert best > 0.5


def test_the_page_opens_with_a_photograph_its_model_and_its_truth() -> None:
    scope, _ = open_scope(VIEW.controls, {}, find_picture, device="cpu")
    controls, _ = resolve(VIEW.controls, scope.chosen, scope)
    assert scope.chosen == {"picture": "dog", "model": "detr-photos", "scene_model": "detr-scenes"}
    made = VIEW.draw(VIEW.panel("pairs"), controls, scope)
    assert len(made.data["pair query"]) == 1
    (dotted,) = (shape for shape in made.figure.layout.shapes if shape.line.dash == "dot")
    ((_, box),) = read_boxes(PHOTOGRAPHS["dog"].objects)
    assert (dotted.x0, dotted.y0, dotted.x1, dotted.y1) == pytest.approx(
        (box.left, box.top, box.right, box.bottom), abs=1e-3
    )
    assert "trained on scenes" in VIEW.draw(VIEW.panel("precision"), controls, scope).caption


def test_the_visitors_boxes_stand_before_the_gallerys() -> None:
    raw: dict[str, Value] = {"picture": "football", "model": "detr-photos"}
    controls, scope = opened(raw)
    assert len(truth_of(controls, scope, see(controls, scope))) == len(objects(scope)) == 4
    controls, scope = opened(raw | {"boxes": "person_98_397_394_554"})
    assert len(truth_of(controls, scope, see(controls, scope))) == len(objects(scope)) == 1


def test_typed_boxes_read_back_as_they_were_written() -> None:
    given = (("cell phone", Box(1.5, 2, 30, 40)), ("no_dog", Box(0, 0, 5, 5)))
    assert read_boxes(write_boxes(given)) == given
    with pytest.raises(ControlError, match="too many"):
        read_boxes("~".join(["car_1_1_2_2"] * 101))


def test_a_dragged_box_is_in_rows_and_columns() -> None:
    event = {"selection": {"box": [{"x": [40.0, 10.0], "y": [5.0, 25.0]}]}}
    assert dragged_box(event) == Box(5, 10, 25, 40)
    assert dragged_box({"selection": {"box": []}}) is None
    assert dragged_box(None) is None


def test_a_giant_upload_is_shown_small_or_refused_in_a_sentence() -> None:
    wide = Picture.from_array(np.zeros((300, 20_000, 3), np.uint8), name="wide")
    assert wide.notes
    scope = Scope(
        {"picture": "wide", "model": "detr-scenes", "scene_model": "detr-scenes"},
        lambda name: wide,
        device="cpu",
    )
    controls, _ = resolve(VIEW.controls, scope.chosen, scope)
    for name in ("detections", "encoder", "cross-attention"):
        assert VIEW.draw(VIEW.panel(name), controls, scope).data


def test_untrained_needs_no_checkpoint_and_says_so() -> None:
    assert "untrained" in drawn("detections", {"trained": "off"}).caption


def test_more_scenes_ask_only_about_the_new_ones_and_give_what_all_at_once_give(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn_for: list[int] = []

    def counted(scenes: Any) -> Any:
        found = drawn_scenes(scenes)
        drawn_for.append(len(found[0]))
        return found

    monkeypatch.setattr(scenes, "drawn_scenes", counted)
    monkeypatch.setattr(scenes, "ANSWERS", LRUCache())
    monkeypatch.setattr(scenes, "STEP", 4)
    _, scope = opened({"trained": "off"})
    model, shown = dataclasses.replace(scope.model(), input_size=(32, 32)), {"height": 32, "width": 32}
    for count, crowded, new in ((6, False, [4, 2]), (10, False, [4, 2]), (9, True, [9]), (27, True, [9, 9])):
        drawn_for.clear()
        found, true = scene_answers(model, count, crowded=crowded, on_progress=lambda share: None)
        assert drawn_for == new
        asked = (
            [(10_000 * objects + seed, objects) for objects in COUNTS for seed in range(count // 9)]
            if crowded
            else [(seed, None) for seed in range(count)]
        )
        pictures, truths = drawn_scenes(
            random_scene(seed, count=objects, held_out=True, **shown) for seed, objects in asked
        )
        expected = answers(model, pictures, batch=1)
        np.testing.assert_allclose(found.probs, expected.probs, atol=1e-5)
        np.testing.assert_allclose(found.boxes_cxcywh, expected.boxes_cxcywh, atol=1e-5)
        for ours, theirs in zip(true, truths, strict=True):
            np.testing.assert_array_equal(ours[0], theirs[0])
            np.testing.assert_array_equal(ours[1], theirs[1])


def test_answers_given_beforehand_are_the_models_own_at_every_value_of_the_slider() -> None:
    model = zoo.load("detr-scenes")
    assert read_answers(RECORDED, model.checkpoint), "ask it anew: `explorer measure scenes-answers --record`"
    for crowded in (False, True):
        part = scenes_of(960, crowded=crowded)[-1]
        stored, truths = scenes._asked(model, part, scenes._stored(model))
        live, true = ask(model, part)
        np.testing.assert_allclose(stored.probs, live.probs, atol=1e-4)
        np.testing.assert_allclose(stored.boxes_cxcywh, live.boxes_cxcywh, atol=1e-4)
        for ours, theirs in zip(truths, true, strict=True):
            np.testing.assert_array_equal(ours[0], theirs[0])
            np.testing.assert_array_equal(ours[1], theirs[1])


def test_queries_open_with_the_one_that_is_surest_of_an_object() -> None:
    controls, scope = opened({"tab": "queries"})
    logits = see(controls, scope).sight.logits[-1].double().numpy()
    probs = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    assert controls.query == np.unravel_index(probs[:, :-1].argmax(), probs[:, :-1].shape)[0]
    assert VIEW.address(controls, scope).get("query") is None
