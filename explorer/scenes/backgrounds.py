"""What scenes are drawn on: made by rule, or cut from the gallery's photographs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from explorer import gallery
from explorer.errors import ControlError

__all__ = ["BACKGROUNDS", "HELD_OUT", "Background"]

_WORKING_SIDE = 400
"""Photographs are kept no larger than this: scenes are small."""


@dataclass(frozen=True)
class Background:
    """A background by name; `seed` chooses its colours, or which part of the photograph."""

    name: str = "noise"
    seed: int = 0

    def draw(self, height: int, width: int) -> np.ndarray:
        """height x width x 3, uint8, writable.

        Raises:
            ControlError: there is no such background.
        """
        if self.name not in BACKGROUNDS:
            raise ControlError(
                f"There is no background called {self.name!r}", do=f"choose among {', '.join(BACKGROUNDS)}"
            )
        rng = np.random.default_rng((self.seed, 7))
        if self.name in _RULES:
            return _RULES[self.name](rng, height, width)
        return _cut(_photograph(self.name), rng, height, width)


def _colours(rng: np.random.Generator, count: int) -> np.ndarray:
    """Muted colours, count x 3, uint8."""
    grey = rng.uniform(40, 215, (count, 1))
    return np.clip(grey + rng.uniform(-40, 40, (count, 3)), 0, 255).astype(np.uint8)


def _plain(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), _colours(rng, 1)[0], np.uint8)


def _gradient(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    corners = _colours(rng, 4).reshape(2, 2, 3)
    return cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)


def _noise(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    out = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((3, 0.6), (10, 0.3), (40, 0.2)):
        coarse = rng.uniform(0, 255 * weight, (cells, cells, 3)).astype(np.float32)
        out += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(out, 0, 255).astype(np.uint8)


def _stripes(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    one, other = _colours(rng, 2).astype(np.float32)
    turn, period = rng.uniform(0, np.pi), rng.uniform(0.06, 0.4) * width
    along = np.cos(turn) * np.arange(width)[None] + np.sin(turn) * np.arange(height)[:, None]
    share = (0.5 + 0.5 * np.sin(along * (2 * np.pi / period)))[..., None].astype(np.float32)
    return (one + (other - one) * share).astype(np.uint8)


def _checks(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    colours = _colours(rng, 2)
    side = max(2, round(rng.uniform(0.05, 0.25) * width))
    odd = (np.arange(height)[:, None] // side + np.arange(width)[None] // side) % 2
    return colours[odd]


def _cut(photograph: np.ndarray, rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A part of the photograph of the picture's shape, with a contrast between half and all of its own."""
    rows, columns = photograph.shape[:2]
    largest = min(rows / height, columns / width)
    scale = largest * rng.uniform(0.4, 1.0)
    tall, wide = max(1, int(height * scale)), max(1, int(width * scale))
    top, left = rng.integers(0, rows - tall + 1), rng.integers(0, columns - wide + 1)
    part = np.ascontiguousarray(photograph[top : top + tall, left : left + wide])
    shown = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR)
    return cv2.convertScaleAbs(shown, alpha=(keep := rng.uniform(0.5, 1.0)), beta=(1 - keep) * 128)


@cache
def _photograph(name: str) -> np.ndarray:
    pixels = gallery.picture(name).pixels
    scale = _WORKING_SIDE / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


_RULES: Mapping[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    "plain": _plain,
    "gradient": _gradient,
    "noise": _noise,
    "stripes": _stripes,
    "checks": _checks,
}
_PHOTOGRAPHS = (
    "astronaut",
    "cat",
    "coffee",
    "rocket",
    "motorcycle",
    "camera",
    "brick",
    "grass",
    "gravel",
    "retina",
)
BACKGROUNDS = (*_RULES, *_PHOTOGRAPHS)
HELD_OUT = ("coffee", "camera", "gravel")
"""Photographs that no training scene is drawn on."""
