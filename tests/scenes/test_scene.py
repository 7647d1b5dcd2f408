"""Boxes of scenes against the pixels that are drawn."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer.errors import ControlError
from explorer.geometry import Box
from explorer.scenes import (
    BACKGROUNDS,
    KINDS,
    LETTERS,
    MOST_OBJECTS,
    TEXTURES,
    Background,
    Scene,
    SceneObject,
    boxes,
    draw,
    picture,
)

HEIGHT, WIDTH = 120, 160
GROUND = Background("plain", 3)


def covered(things: tuple[SceneObject, ...]) -> np.ndarray:
    """Which pixels differ from the background by half of the way to what is drawn."""
    scene = Scene(things, GROUND, HEIGHT, WIDTH)
    empty = draw(dataclasses.replace(scene, objects=()))
    return np.abs(draw(scene).astype(int) - empty).max(-1) > 40


@st.composite
def things(drawer: st.DrawFn) -> SceneObject:
    return SceneObject(
        drawer(st.sampled_from(KINDS)),
        drawer(st.floats(0.1, 0.9)),
        drawer(st.floats(0.1, 0.9)),
        drawer(st.floats(0.06, 0.6)),
        # Far from the background in every tone.
        (255, 0, 255),
        rotation=drawer(st.floats(-180, 180)),
        text=drawer(st.sampled_from(LETTERS)),
        mirrored=drawer(st.booleans()),
    )


@given(things())
def test_box_is_tight_around_the_drawn_pixels(thing: SceneObject) -> None:
    (truth,) = boxes(Scene((thing,), GROUND, HEIGHT, WIDTH))
    # What is cut off by the picture's edge may be what reached furthest to another side.
    assume(truth.box == truth.whole)
    seen = covered((thing,))
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    drawn = Box(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
    # Never outside by more than the rounding of drawing; sharp tips hardly cover their last pixels.
    assert drawn.top > truth.box.top - 1.1
    assert drawn.left > truth.box.left - 1.1
    assert drawn.bottom < truth.box.bottom + 1.1
    assert drawn.right < truth.box.right + 1.1
    for side in ("top", "left", "bottom", "right"):
        assert getattr(drawn, side) == pytest.approx(getattr(truth.box, side), abs=2.5), side


def test_box_is_exact_where_the_drawing_is_axis_parallel() -> None:
    thing = SceneObject("letter", 0.5, 0.5, 0.5, (255, 0, 255), text="L")
    seen = covered((thing,))
    (truth,) = boxes(Scene((thing,), GROUND, HEIGHT, WIDTH))
    assert truth.whole.height == pytest.approx(0.5 * WIDTH)
    assert np.flatnonzero(seen.any(1))[0] == pytest.approx(truth.box.top, abs=1)
    assert np.flatnonzero(seen.any(1))[-1] + 1 == pytest.approx(truth.box.bottom, abs=1)


def test_size_is_the_longer_side_as_a_share_of_the_width() -> None:
    for kind in KINDS:
        (truth,) = boxes(Scene((SceneObject(kind, 0.5, 0.5, 0.3),), GROUND, HEIGHT, WIDTH))
        assert max(truth.whole.height, truth.whole.width) == pytest.approx(0.3 * WIDTH, rel=1e-6)
        assert truth.label == KINDS.index(kind)


def test_boxes_scale_with_the_picture() -> None:
    scene = Scene((SceneObject("fish", 0.4, 0.7, 0.25, rotation=12),), GROUND, HEIGHT, WIDTH)
    (small,), (large,) = boxes(scene), boxes(scene, height=3 * HEIGHT, width=3 * WIDTH)
    assert large.whole.left == pytest.approx(3 * small.whole.left)
    assert large.whole.bottom == pytest.approx(3 * small.whole.bottom)


def test_visible_share_is_one_alone_and_none_when_hidden() -> None:
    small = SceneObject("circle", 0.5, 0.5, 0.1)
    cover = SceneObject("circle", 0.5, 0.5, 0.4)
    below, above = boxes(Scene((small, cover), GROUND, HEIGHT, WIDTH))
    assert below.visible == 0.0
    assert above.visible == pytest.approx(1.0, abs=0.01)
    half = SceneObject("circle", 0.5, 1.0, 0.3)
    (cut,) = boxes(Scene((half,), GROUND, HEIGHT, WIDTH))
    assert cut.visible == pytest.approx(0.5, abs=0.04)
    assert cut.box.right == WIDTH
    assert cut.whole.right > WIDTH


def test_every_kind_texture_and_background_draws_something_of_its_own() -> None:
    looks = {kind: covered((SceneObject(kind, 0.5, 0.5, 0.5),)).tobytes() for kind in KINDS}
    assert len(set(looks.values())) == len(KINDS)
    textured = [
        draw(Scene((SceneObject("circle", 0.5, 0.5, 0.5, texture=texture),), GROUND, HEIGHT, WIDTH)).tobytes()
        for texture in TEXTURES
    ]
    assert len(set(textured)) == len(TEXTURES)
    grounds = {draw(Scene((), Background(name, 1), HEIGHT, WIDTH)).tobytes() for name in BACKGROUNDS}
    assert len(grounds) == len(BACKGROUNDS)


def test_texture_stays_inside_its_object() -> None:
    plain = SceneObject("star", 0.5, 0.5, 0.4, (255, 0, 255), rotation=20)
    empty = draw(Scene((), GROUND, HEIGHT, WIDTH))
    for texture in TEXTURES[1:]:
        drawn = draw(Scene((dataclasses.replace(plain, texture=texture),), GROUND, HEIGHT, WIDTH))
        changed = (drawn != empty).any(-1)
        near = (draw(Scene((plain,), GROUND, HEIGHT, WIDTH)) != empty).any(-1)
        assert not (changed & ~near).any()


def test_scene_is_a_picture_of_its_size() -> None:
    shown = picture(Scene((), GROUND, HEIGHT, WIDTH), height=50, width=70)
    assert (shown.height, shown.width) == (50, 70)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"kind": "spoon"}, "spoon"),
        ({"size": 0.0}, "size"),
        ({"size": -1.0}, "size"),
        ({"size": float("nan")}, "number"),
        ({"row": 1e308}, "too far"),
        ({"column": -1e300}, "too far"),
        ({"rotation": 1e308}, "too far"),
        ({"texture": "fur"}, "texture"),
        ({"text": "ß"}, "letter"),
        ({"colour": (0, 0, 300)}, "colour"),
    ],
)
def test_impossible_objects_are_refused_in_a_sentence(said: dict, word: str) -> None:
    with pytest.raises(ControlError, match=word):
        SceneObject(**({"kind": "car", "row": 0.5, "column": 0.5, "size": 0.2} | said))


def test_impossible_scenes_are_refused_in_a_sentence() -> None:
    with pytest.raises(ControlError, match="objects"):
        Scene((SceneObject("car", 0.5, 0.5, 0.2),) * (MOST_OBJECTS + 1))
    with pytest.raises(ControlError, match="pixels"):
        Scene((), height=20_000)
    with pytest.raises(ControlError, match="background"):
        draw(Scene((), Background("nowhere")))
