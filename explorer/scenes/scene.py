"""A scene: a list of objects over a background, drawn at any size, with the exact box of everything on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from explorer.errors import ControlError
from explorer.geometry import Box
from explorer.images import Picture
from explorer.scenes.backgrounds import Background
from explorer.scenes.kinds import KINDS, LETTERS, TEXTURES, Tone, parts

__all__ = ["MOST_OBJECTS", "Scene", "SceneObject", "Truth", "boxes", "draw", "outline", "picture"]

MOST_OBJECTS = 64
FARTHEST = 10
"""Sides of the picture that an object's middle may lie away from it: any number would overflow when it is drawn."""
LARGEST_SIDE = 1024
FINE = 3
"""Pictures are drawn this many times finer and averaged; large ones, where it is not seen, only twice."""
_FRACTION_BITS = 4
"""OpenCV takes coordinates of whole sixteenths of a pixel."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class SceneObject:
    """One thing in a scene. Positions and sizes are shares of the picture, so that it can be drawn at any
    size."""

    kind: str
    row: float
    """Its centre, 0 at the top edge and 1 at the bottom."""
    column: float
    """Its centre, 0 at the left edge and 1 at the right."""
    size: float
    """Its longer side before it is turned, as a share of the picture's width."""
    colour: Colour = (214, 64, 48)
    rotation: float = 0.0
    """Degrees clockwise."""
    texture: str = "plain"
    text: str = "A"
    """Which letter, of the kind "letter"."""
    mirrored: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ControlError(
                f"There is no kind of object called {self.kind!r}", do=f"choose among {', '.join(KINDS)}"
            )
        if self.texture not in TEXTURES:
            raise ControlError(
                f"There is no texture called {self.texture!r}", do=f"choose among {', '.join(TEXTURES)}"
            )
        if self.text not in LETTERS:
            raise ControlError(
                f"There is no letter {self.text!r} here", do=f"choose among {', '.join(LETTERS)}"
            )
        if not all(map(math.isfinite, (self.row, self.column, self.size, self.rotation))):
            raise ControlError(f"The {self.kind} has a position or size that is no number")
        if max(abs(self.row), abs(self.column)) > FARTHEST or abs(self.rotation) > FARTHEST * 360:
            raise ControlError(
                f"The {self.kind} lies too far outside the picture",
                why=f"row and column are shares of the picture's sides, from -{FARTHEST} to {FARTHEST}, a turn is at "
                f"most {FARTHEST * 360} degrees",
                do="choose a row and a column from 0 to 1",
            )
        if not 0.0 < self.size <= 1.0:
            raise ControlError(
                f"The {self.kind} has a size of {self.size:g}",
                why="a size is a share of the picture's width, above 0 and at most 1",
                do="choose one from 0.04 to 0.6",
            )
        if len(self.colour) != 3 or not all(0 <= channel <= 255 for channel in self.colour):
            raise ControlError(
                f"The {self.kind} has a colour of {self.colour}", do="give red, green, blue from 0 to 255"
            )


@dataclass(frozen=True)
class Scene:
    """Objects over a background; later objects lie on top of earlier ones."""

    objects: tuple[SceneObject, ...]
    background: Background = Background()  # noqa: RUF009  it is frozen
    height: int = 160
    width: int = 160
    """Pixels it is drawn with unless said otherwise."""

    def __post_init__(self) -> None:
        if len(self.objects) > MOST_OBJECTS:
            raise ControlError(
                f"A scene of {len(self.objects)} objects is not drawn", why=f"at most {MOST_OBJECTS} are"
            )
        if not all(16 <= side <= LARGEST_SIDE for side in (self.height, self.width)):
            raise ControlError(
                f"A scene of {self.height} x {self.width} pixels is not drawn",
                why=f"its sides go from 16 to {LARGEST_SIDE}",
            )


@dataclass(frozen=True)
class Truth:
    """What is known of one object of a drawn scene; boxes in pixels of the drawing."""

    object: SceneObject
    label: int
    """Its place in `KINDS`."""
    whole: Box
    """The tight box of all of it, also where it lies outside the picture or under others."""
    box: Box
    """The part of `whole` inside the picture: what a detector is asked for."""
    visible: float
    """The share of its pixels that are inside the picture and not under a later object, 0 … 1."""


def outline(thing: SceneObject, height: int, width: int) -> list[tuple[np.ndarray, Tone]]:
    """The polygons of an object, points x 2 (x, y) in pixels of a picture of height x width, with their
    tones."""
    turn = math.radians(thing.rotation)
    cos, sin = math.cos(turn) * thing.size * width, math.sin(turn) * thing.size * width
    flip = -1.0 if thing.mirrored else 1.0
    matrix = np.array([[flip * cos, flip * sin], [-sin, cos]])
    centre = np.array([thing.column * width, thing.row * height])
    return [(part.points @ matrix + centre, part.tone) for part in parts(thing.kind, thing.text)]


def whole_box(thing: SceneObject, height: int, width: int) -> Box:
    """The tight box of all of the object, in pixels of a picture of height x width."""
    points = np.concatenate([points for points, _ in outline(thing, height, width)])
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    return Box(top, left, bottom, right)


def draw(scene: Scene, *, height: int | None = None, width: int | None = None) -> np.ndarray:
    """The scene's pixels, height x width x 3, uint8, antialiased."""
    height, width = height or scene.height, width or scene.width
    ground = scene.background.draw(height, width)
    if not scene.objects:
        return ground
    # OpenCV's own antialiasing grows every polygon by 0.7 pixels. Drawn finer and averaged, it stays its size.
    fine = FINE if max(height, width) <= 192 else 2
    canvas = cv2.resize(ground, None, fx=fine, fy=fine, interpolation=cv2.INTER_NEAREST)
    for thing in scene.objects:
        shapes = outline(thing, height * fine, width * fine)
        if thing.texture == "plain":
            for points, tone in shapes:
                cv2.fillPoly(canvas, [_fixed(points)], _toned(thing.colour, tone), cv2.LINE_8, _FRACTION_BITS)
        else:
            _draw_textured(canvas, thing, shapes)
    return cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)


def picture(
    scene: Scene, *, name: str = "scene", height: int | None = None, width: int | None = None
) -> Picture:
    """The scene as a picture that any model can be shown."""
    return Picture.from_array(draw(scene, height=height, width=width), name=name)


def boxes(scene: Scene, *, height: int | None = None, width: int | None = None) -> tuple[Truth, ...]:
    """What is known of every object, in the scene's order. Boxes are exact: they come from the polygons."""
    height, width = height or scene.height, width or scene.width
    owner = np.full((height, width), 255, np.uint8)
    alone: list[float] = []
    for number, thing in enumerate(scene.objects):
        alone.append(_area(thing, height, width))
        _stamp(owner, thing, number)
    seen = np.bincount(owner.ravel(), minlength=256)
    truths = []
    for number, thing in enumerate(scene.objects):
        whole = whole_box(thing, height, width)
        truths.append(
            Truth(
                thing,
                KINDS.index(thing.kind),
                whole,
                whole.clipped(height, width),
                min(1.0, float(seen[number]) / max(alone[number], 1.0)),
            )
        )
    return tuple(truths)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Continuous coordinates to OpenCV's, whose whole numbers are the centres of pixels."""
    return np.round((points - 0.5) * (1 << _FRACTION_BITS)).astype(np.int32)


def _toned(colour: Colour, tone: Tone) -> tuple[float, ...]:
    if tone == "dark":
        return tuple(0.4 * channel for channel in colour)
    if tone == "light":
        return tuple(0.25 * channel + 0.75 * 250 for channel in colour)
    return tuple(float(channel) for channel in colour)


def _draw_textured(canvas: np.ndarray, thing: SceneObject, shapes: list[tuple[np.ndarray, Tone]]) -> None:
    """The object with a pattern of its own dark tone, which turns and grows with it."""
    height, width = canvas.shape[:2]
    area = whole_box(thing, height, width).clipped(height, width)
    top, left, bottom, right = int(area.top), int(area.left), math.ceil(area.bottom), math.ceil(area.right)
    if bottom <= top or right <= left:
        return
    turn = math.radians(thing.rotation)
    y = (np.arange(top, bottom, dtype=np.float32) + 0.5 - thing.row * height)[:, None]
    x = np.arange(left, right, dtype=np.float32) + 0.5 - thing.column * width
    # Four periods across, so that the pattern is still seen on small objects.
    period = thing.size * width / 4
    u = np.float32(math.cos(turn) / period) * x + np.float32(math.sin(turn) / period) * y
    marked = u - np.floor(u) < 0.5
    if thing.texture != "stripes":
        v = np.float32(math.cos(turn) / period) * y - np.float32(math.sin(turn) / period) * x
        if thing.texture == "checks":
            marked ^= v - np.floor(v) < 0.5
        else:
            marked = (u - np.floor(u) - 0.5) ** 2 + (v - np.floor(v) - 0.5) ** 2 < 0.1
    patch = canvas[top:bottom, left:right]
    for points, tone in shapes:
        cover = np.zeros(patch.shape[:2], np.uint8)
        cv2.fillPoly(cover, [_fixed(points - (left, top))], 255, cv2.LINE_8, _FRACTION_BITS)
        mark = _toned(thing.colour, "dark" if tone == "fill" else "fill")
        inks = np.array([_toned(thing.colour, tone), mark]).astype(np.uint8)
        np.copyto(patch, inks[marked.astype(np.uint8)], where=cover[..., None] > 0)


def _stamp(owner: np.ndarray, thing: SceneObject, number: int) -> None:
    for points, _ in outline(thing, *owner.shape):
        cv2.fillPoly(owner, [_fixed(points)], number, cv2.LINE_8, _FRACTION_BITS)


def _area(thing: SceneObject, height: int, width: int) -> float:
    """Pixels of all of the object, were it alone on a canvas that holds it."""
    whole = whole_box(thing, height, width)
    rows, columns = math.ceil(whole.height) + 4, math.ceil(whole.width) + 4
    # Moved by whole pixels, so that the count is the one it would have in its place.
    shift = np.array([2 - math.floor(whole.left), 2 - math.floor(whole.top)], float)
    alone = np.zeros((rows, columns), np.uint8)
    for points, _ in outline(thing, height, width):
        cv2.fillPoly(alone, [_fixed(points + shift)], 1, cv2.LINE_8, _FRACTION_BITS)
    return float(np.count_nonzero(alone))
