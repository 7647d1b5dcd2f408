"""What can be drawn: each kind as polygons in a unit frame.

A kind is a tuple of parts, drawn in order. Points are (x, y), x to the right and y down; the whole drawing is
centred on the origin and its longer side is 1, so that an object's `size` is its longer side before it is
turned.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

__all__ = ["KINDS", "LETTERS", "TEXTURES", "Part", "Tone", "parts"]

Tone = Literal["fill", "dark", "light"]
Points = list[tuple[float, float]]

TEXTURES = ("plain", "stripes", "checks", "dots")


@dataclass(frozen=True, eq=False)
class Part:
    """One polygon and how it is coloured: the object's colour, a dark or a light tone of it."""

    points: np.ndarray
    """points x 2, float: x, y."""
    tone: Tone


def _arc(x: float, y: float, rx: float, ry: float, start: float = 0.0, end: float = 360.0) -> Points:
    """An elliptic arc, degrees clockwise from the right, fine enough for a drawing that fills the picture."""
    count = max(6, round(abs(end - start) / 360 * 48))
    turns = [math.radians(start + (end - start) * i / count) for i in range(count + 1)]
    return [(x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns]


def _box(left: float, top: float, right: float, bottom: float) -> Points:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _star(tips: int, inner: float) -> Points:
    radii = [1.0, inner] * tips
    return [
        (r * math.sin(math.pi * i / tips), -r * math.cos(math.pi * i / tips)) for i, r in enumerate(radii)
    ]


def _stroke(start: tuple[float, float], end: tuple[float, float], thickness: float = 0.2) -> Points:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    across = -dy / length * thickness / 2, dx / length * thickness / 2
    along = dx / length * thickness / 2, dy / length * thickness / 2
    a, b = (start[0] - along[0], start[1] - along[1]), (end[0] + along[0], end[1] + along[1])
    return [
        (a[0] + across[0], a[1] + across[1]),
        (b[0] + across[0], b[1] + across[1]),
        (b[0] - across[0], b[1] - across[1]),
        (a[0] - across[0], a[1] - across[1]),
    ]


_STROKES: Mapping[str, str] = {
    # Each stroke joins two places of a 3 x 3 grid, numbered like a telephone's keys.
    "A": "72 29 46",
    "E": "17 13 46 79",
    "F": "17 13 46",
    "H": "17 39 46",
    "K": "17 34 49",
    "L": "17 79",
    "M": "71 15 53 39",
    "N": "71 19 93",
    "T": "13 28",
    "V": "18 83",
    "X": "19 37",
    "Z": "13 37 79",
}
LETTERS = tuple(_STROKES)


def _letter(name: str) -> list[tuple[Points, Tone]]:
    at = {str(key): ((key - 1) % 3 * 0.4 - 0.4, (key - 1) // 3 * 0.5 - 0.5) for key in range(1, 10)}
    return [(_stroke(at[stroke[0]], at[stroke[1]]), "fill") for stroke in _STROKES[name].split()]


def _house() -> list[tuple[Points, Tone]]:
    return [
        (_box(-0.8, -0.2, 0.8, 1.0), "fill"),
        ([(-1.0, -0.2), (0.0, -1.0), (1.0, -0.2)], "dark"),
        (_box(-0.6, 0.25, -0.1, 1.0), "dark"),
        (_box(0.15, 0.1, 0.6, 0.55), "light"),
    ]


def _fish() -> list[tuple[Points, Tone]]:
    return [
        ([(0.35, 0.0), (1.0, -0.5), (0.85, 0.0), (1.0, 0.5)], "dark"),
        ([(-0.25, -0.4), (0.15, -0.75), (0.25, -0.3)], "dark"),
        (_arc(-0.25, 0.0, 0.75, 0.48), "fill"),
        (_arc(-0.62, -0.1, 0.13, 0.13), "light"),
        (_arc(-0.65, -0.1, 0.06, 0.06), "dark"),
    ]


def _car() -> list[tuple[Points, Tone]]:
    return [
        ([(-0.55, -0.05), (-0.35, -0.45), (0.3, -0.45), (0.6, -0.05)], "fill"),
        ([(-0.42, -0.08), (-0.28, -0.36), (-0.05, -0.36), (-0.05, -0.08)], "light"),
        ([(0.05, -0.08), (0.05, -0.36), (0.25, -0.36), (0.45, -0.08)], "light"),
        ([(-1.0, 0.0), (-0.9, -0.07), (0.9, -0.07), (1.0, 0.05), (1.0, 0.3), (-1.0, 0.3)], "fill"),
        (_arc(-0.55, 0.3, 0.22, 0.22), "dark"),
        (_arc(0.55, 0.3, 0.22, 0.22), "dark"),
    ]


def _cup() -> list[tuple[Points, Tone]]:
    outer, inner = _arc(0.45, 0.0, 0.5, 0.45, -90, 90), _arc(0.45, 0.0, 0.3, 0.26, 90, -90)
    return [
        (outer + inner, "fill"),
        ([(-0.7, -0.7), (0.6, -0.7), (0.42, 0.75), (-0.52, 0.75)], "fill"),
        (_arc(-0.05, -0.7, 0.65, 0.16), "dark"),
    ]


_DRAWINGS: Mapping[str, list[tuple[Points, Tone]]] = {
    "circle": [(_arc(0, 0, 1, 1), "fill")],
    "triangle": [([(0, -0.866), (1, 0.866), (-1, 0.866)], "fill")],
    "star": [(_star(5, 0.45), "fill")],
    "house": _house(),
    "fish": _fish(),
    "car": _car(),
    "cup": _cup(),
}
KINDS = ("circle", "triangle", "star", "letter", "house", "fish", "car", "cup")
"""In the order of the model's classes."""


@cache
def parts(kind: str, text: str = "A") -> tuple[Part, ...]:
    """The polygons of a kind; `text` is the letter of the kind "letter"."""
    drawing = _letter(text) if kind == "letter" else _DRAWINGS[kind]
    every = np.array([point for points, _ in drawing for point in points])
    low, high = every.min(0), every.max(0)
    return tuple(
        Part((np.array(points) - (low + high) / 2) / (high - low).max(), tone) for points, tone in drawing
    )
