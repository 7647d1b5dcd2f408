"""Random scenes keep what was asked of them."""

import numpy as np
import pytest

from explorer.errors import ControlError
from explorer.scenes import BACKGROUNDS, KINDS, boxes, draw, random_scene
from explorer.scenes.backgrounds import HELD_OUT


def test_same_seed_same_pixels() -> None:
    assert np.array_equal(draw(random_scene(5)), draw(random_scene(5)))
    assert random_scene(5) != random_scene(6)
    assert random_scene(5) != random_scene(5, held_out=True)


@pytest.mark.parametrize("count", [0, 1, 12, 24, 40])
def test_count_and_sizes_are_kept(count: int) -> None:
    for seed in range(5):
        scene = random_scene(seed, count=count, smallest=0.1, largest=0.3)
        assert len(scene.objects) == count
        assert all(0.1 - 1e-9 <= thing.size <= 0.3 for thing in scene.objects)


def test_scenes_hold_everything_there_is() -> None:
    scenes = [random_scene(seed) for seed in range(300)]
    things = [thing for scene in scenes for thing in scene.objects]
    assert {thing.kind for thing in things} == set(KINDS)
    assert {len(scene.objects) for scene in scenes} == set(range(1, 13))
    assert min(thing.size for thing in things) < 0.06
    assert max(thing.size for thing in things) > 0.5
    assert {scene.background.name for scene in scenes} == set(BACKGROUNDS) - set(HELD_OUT)


def test_held_out_scenes_have_photographs_of_their_own() -> None:
    grounds = {random_scene(seed, held_out=True).background.name for seed in range(200)}
    assert set(HELD_OUT) <= grounds
    photographs = {name for name in grounds if name in BACKGROUNDS[5:]}
    assert photographs == set(HELD_OUT)


def test_objects_overlap_no_more_than_asked_where_there_is_room() -> None:
    for seed in range(20):
        truths = boxes(random_scene(seed, count=4, largest=0.3, overlap=0.0))
        for i, one in enumerate(truths):
            for other in truths[:i]:
                apart = (
                    one.whole.left >= other.whole.right
                    or other.whole.left >= one.whole.right
                    or one.whole.top >= other.whole.bottom
                    or other.whole.top >= one.whole.bottom
                )
                assert apart
    overlapping = [truth.visible for seed in range(40) for truth in boxes(random_scene(seed, count=8))]
    assert min(overlapping) < 0.9


@pytest.mark.parametrize(
    "said", [{"count": -1}, {"count": 1000}, {"smallest": 0.5, "largest": 0.2}, {"overlap": 2.0}]
)
def test_impossible_wishes_are_refused(said: dict) -> None:
    with pytest.raises(ControlError):
        random_scene(0, **said)
