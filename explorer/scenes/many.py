"""Many scenes at once, for whoever measures on them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from explorer.scenes.scene import Scene, boxes, draw

__all__ = ["drawn_scenes"]


def drawn_scenes(
    scenes: Iterable[Scene],
) -> tuple[list[np.ndarray], list[tuple[np.ndarray, np.ndarray]]]:
    """The pixels of each scene, and its objects' labels and corners (left, top, right, bottom) as shares."""
    pictures, true = [], []
    for scene in scenes:
        truths = boxes(scene)
        sides = [(truth.box.left, truth.box.top, truth.box.right, truth.box.bottom) for truth in truths]
        scale = np.array([scene.width, scene.height] * 2)
        pictures.append(draw(scene))
        true.append(
            (
                np.array([truth.label for truth in truths], np.int64),
                (np.array(sides).reshape(-1, 4) / scale).astype(np.float32),
            )
        )
    return pictures, true
