"""Random scenes: seeded, as crowded, as large and as overlapping as asked."""

from __future__ import annotations

import colorsys

import numpy as np

from explorer.errors import ControlError
from explorer.geometry import Box
from explorer.scenes.backgrounds import BACKGROUNDS, HELD_OUT, Background
from explorer.scenes.kinds import KINDS, LETTERS, TEXTURES
from explorer.scenes.scene import MOST_OBJECTS, Scene, SceneObject, whole_box

__all__ = ["LARGEST", "MOST", "SMALLEST", "random_scene"]

SMALLEST, LARGEST = 0.04, 0.6
MOST = 12
"""The most objects of a scene whose count is left to chance; up to `MOST_OBJECTS` can be asked for."""
_TRIES = 12
_SHAPES = ("circle", "triangle", "star")


def random_scene(
    seed: int,
    *,
    count: int | None = None,
    smallest: float = SMALLEST,
    largest: float = LARGEST,
    overlap: float = 0.3,
    height: int = 160,
    width: int = 160,
    held_out: bool = False,
) -> Scene:
    """The scene of that seed.

    `count` objects (1 … 12 at random if not said) of sizes between `smallest` and `largest`, shares of the
    width; where many are asked for, the largest are made smaller so that they have room. No object covers
    more than about `overlap` of another, by their boxes, as long as room is found. Small objects lie on top
    of large ones. `held_out` scenes have other numbers and other photographs behind them than those for
    training.

    Raises:
        ControlError: the count or the sizes make no scene.
    """
    if count is not None and not 0 <= count <= MOST_OBJECTS:
        raise ControlError(f"A scene of {count} objects is not drawn", why=f"0 to {MOST_OBJECTS} objects are")
    if not 0 < smallest <= largest <= 1:
        raise ControlError(
            f"Sizes from {smallest:g} to {largest:g} make no scene", do="choose 0 < smallest <= largest <= 1"
        )
    if not 0 <= overlap <= 1:
        raise ControlError(f"An overlap of {overlap:g} makes no scene", do="choose a share from 0 to 1")
    rng = np.random.default_rng((seed, 1 if held_out else 0))
    number = int(rng.integers(1, MOST + 1)) if count is None else count
    photographs = [name for name in BACKGROUNDS if (name in HELD_OUT) == held_out or name in BACKGROUNDS[:5]]
    background = Background(str(rng.choice(photographs)), int(rng.integers(1 << 30)))
    # Boxes of half of this size on average cover about as much as there is, so that room is found.
    room = max(smallest, min(largest, 1.5 / max(1, number) ** 0.5))
    sizes = np.sort(rng.uniform(smallest, room, number))[::-1]
    placed: list[tuple[float, float, float, float]] = []
    objects = []
    for size in sizes.tolist():
        thing, box = _placed(rng, size, smallest, overlap, placed, height, width)
        objects.append(thing)
        placed.append((box.top, box.left, box.bottom, box.right))
    return Scene(tuple(objects), background, height, width)


def _placed(
    rng: np.random.Generator,
    size: float,
    smallest: float,
    overlap: float,
    placed: list[tuple[float, float, float, float]],
    height: int,
    width: int,
) -> tuple[SceneObject, Box]:
    """An object of that size, or smaller where it finds no room, and its box."""
    while True:
        thing = _thing(rng, size)
        around = whole_box(thing, height, width)
        # At most a tenth of its size lies outside.
        edge_y, edge_x = 0.4 * size * width / height, 0.4 * size
        for down, across in rng.random((_TRIES, 2)).tolist():
            row, column = edge_y + down * (1 - 2 * edge_y), edge_x + across * (1 - 2 * edge_x)
            y, x = (row - thing.row) * height, (column - thing.column) * width
            box = Box(around.top + y, around.left + x, around.bottom + y, around.right + x)
            if all(_shared(box, other) <= overlap for other in placed):
                return _moved(thing, row, column), box
        if size <= smallest:
            return _moved(thing, row, column), box
        size = max(smallest, 0.8 * size)


def _thing(rng: np.random.Generator, size: float) -> SceneObject:
    kind = KINDS[int(rng.integers(len(KINDS)))]
    hue, saturation, value = rng.random(), rng.uniform(0.35, 1.0), rng.uniform(0.3, 1.0)
    red, green, blue = (round(255 * channel) for channel in colorsys.hsv_to_rgb(hue, saturation, value))
    shape = kind in _SHAPES
    return SceneObject(
        kind,
        0.5,
        0.5,
        size,
        (red, green, blue),
        rotation=float(rng.uniform(-180, 180) if shape else rng.uniform(-20, 20)),
        texture=TEXTURES[int(rng.integers(len(TEXTURES)))] if shape and rng.random() < 0.5 else "plain",
        text=LETTERS[int(rng.integers(len(LETTERS)))],
        # A mirrored letter is no letter.
        mirrored=bool(rng.random() < 0.5) and kind != "letter",
    )


def _moved(thing: SceneObject, row: float, column: float) -> SceneObject:
    # dataclasses.replace costs more than all the drawing.
    return SceneObject(
        thing.kind,
        row,
        column,
        thing.size,
        thing.colour,
        thing.rotation,
        thing.texture,
        thing.text,
        thing.mirrored,
    )


def _shared(box: Box, other: tuple[float, float, float, float]) -> float:
    """The intersection as a share of the smaller box."""
    tall = min(box.bottom, other[2]) - max(box.top, other[0])
    wide = min(box.right, other[3]) - max(box.left, other[1])
    if tall <= 0 or wide <= 0:
        return 0.0
    smaller = min(box.height * box.width, (other[2] - other[0]) * (other[3] - other[1]))
    return tall * wide / max(smaller, 1e-9)
