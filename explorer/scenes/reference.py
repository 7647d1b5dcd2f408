"""A scene as one word, so that an address, a recipe or a command line names it as it names a photograph.

`scene-7` is the random scene of seed 7. `scene-7-12-0.04-0.6-0.3` says its number of objects, smallest and
largest size and overlap as well. `scene~noise-5~car_0.5_0.3_0.2_d64030_15` says the background with its seed
and every object: kind, row, column, size, colour, degrees clockwise, then texture, letter and whether it is
mirrored. None of these letters needs to be written otherwise in an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from explorer.errors import ControlError
from explorer.images import Picture
from explorer.scenes.backgrounds import BACKGROUNDS, Background
from explorer.scenes.random import LARGEST, SMALLEST, random_scene
from explorer.scenes.scene import Scene, SceneObject, picture

__all__ = ["SIDE", "RandomScene", "is_scene", "read_scene", "scene_picture", "write_scene"]

SIDE = 480
"""Pixels of a scene's side when it is looked at."""
_RANDOM = re.compile(r"scene-(\d{1,6})(?:-(any|\d{1,2})-(\d?\.?\d+)-(\d?\.?\d+)-(\d?\.?\d+))?")
_COLOUR = re.compile(r"[0-9a-f]{6}")


@dataclass(frozen=True)
class RandomScene:
    """What a random scene is asked for by; it is one that no training saw."""

    seed: int = 0
    count: int | None = None
    """None: left to chance."""
    smallest: float = SMALLEST
    largest: float = LARGEST
    overlap: float = 0.3

    @property
    def reference(self) -> str:
        """The word that names it."""
        if self == RandomScene(self.seed):
            return f"scene-{self.seed}"
        count = "any" if self.count is None else self.count
        return f"scene-{self.seed}-{count}-{self.smallest:g}-{self.largest:g}-{self.overlap:g}"

    @classmethod
    def read(cls, reference: str) -> RandomScene | None:
        """What a word asks for; None if it names no random scene."""
        match = _RANDOM.fullmatch(reference)
        if match is None:
            return None
        seed, count, *rest = match.groups()
        if count is None:
            return cls(int(seed))
        return cls(int(seed), None if count == "any" else int(count), *map(float, rest))

    def scene(self) -> Scene:
        """The scene.

        Raises:
            ControlError: the count, the sizes or the overlap make none.
        """
        return random_scene(
            self.seed,
            count=self.count,
            smallest=self.smallest,
            largest=self.largest,
            overlap=self.overlap,
            height=SIDE,
            width=SIDE,
            held_out=True,
        )


def is_scene(reference: str) -> bool:
    """Whether a word means to name a scene."""
    return reference.startswith(("scene-", "scene~"))


def read_scene(reference: str) -> Scene:
    """The scene that a word names.

    Raises:
        ControlError: it names none, or one that cannot be.
    """
    scene = RandomScene.read(reference)
    if scene is not None:
        return scene.scene()
    start, *parts = reference.split("~")
    if start != "scene" or not parts:
        raise _unreadable(reference)
    name, _, seed = parts[0].partition("-")
    if name not in BACKGROUNDS or not seed.isdecimal():
        raise _unreadable(parts[0])
    # Seeds are drawn below 2 ** 30; a longer number is no link of ours.
    background = Background(name, int(seed[:10]))
    return Scene(tuple(_object(part) for part in parts[1:]), background, SIDE, SIDE)


def write_scene(scene: Scene) -> str:
    """The word that names the scene, positions to a ten-thousandth of its side."""
    return "~".join(["scene", f"{scene.background.name}-{scene.background.seed}", *map(_word, scene.objects)])


@lru_cache(maxsize=32)
def scene_picture(reference: str) -> Picture:
    """The scene that a word names, drawn.

    Raises:
        ControlError: it names none.
    """
    scene, random_scene = read_scene(reference), RandomScene.read(reference)
    count = len(scene.objects)
    plain = f"scene of {count} object{'' if count == 1 else 's'}"
    return picture(scene, name=plain if random_scene is None else f"scene {random_scene.seed}")


def _word(thing: SceneObject) -> str:
    numbers = [f"{number:.4f}".rstrip("0").rstrip(".") for number in (thing.row, thing.column, thing.size)]
    words = [thing.kind, *numbers, "{:02x}{:02x}{:02x}".format(*thing.colour), f"{thing.rotation:.1f}"]
    words[-1] = words[-1].removesuffix(".0")
    return "_".join([*words, thing.texture, thing.text, "mirrored" if thing.mirrored else "plain"])


def _object(word: str) -> SceneObject:
    try:
        kind, row, column, size, colour, rotation, *rest = word.split("_")
        if not _COLOUR.fullmatch(colour) or len(rest) > 3:
            raise ValueError(word)
        red, green, blue = bytes.fromhex(colour)
        texture, text, mirrored = (*rest, *("plain", "A", "plain")[len(rest) :])
        return SceneObject(
            kind,
            float(row),
            float(column),
            float(size),
            (red, green, blue),
            rotation=float(rotation),
            texture=texture,
            text=text,
            mirrored=mirrored == "mirrored",
        )
    except ValueError as error:
        raise _unreadable(word) from error


def _unreadable(word: str) -> ControlError:
    shown = word if len(word) <= 40 else f"{word[:37]}…"
    return ControlError(
        f"{shown!r} describes no part of a scene",
        why="an object is written kind_row_column_size_colour_rotation, such as car_0.5_0.3_0.2_d64030_15",
    )
