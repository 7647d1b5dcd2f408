"""Batches of scenes: every step has its own, made from its number alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import torch
from torch import Tensor

from explorer.data.targets import Targets
from explorer.scenes import Scene, draw, random_scene
from explorer.scenes.kinds import KINDS
from explorer.scenes.scene import whole_box

__all__ = ["SceneBatches", "scenes_batch"]

Drawn = tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]


def scenes_batch(scenes: Sequence[Scene]) -> Drawn:
    """Scenes of one size: pixels (n x height x width x 3, uint8), labels and boxes of each."""
    pixels, labels, boxes = [], [], []
    for scene in scenes:
        pixels.append(draw(scene))
        labels.append(np.array([KINDS.index(thing.kind) for thing in scene.objects], np.int64))
        inside = [
            whole_box(thing, scene.height, scene.width).clipped(scene.height, scene.width)
            for thing in scene.objects
        ]
        true = [box.shares(scene.height, scene.width) for box in inside]
        boxes.append(np.array(true, np.float32).reshape(-1, 4))
    return np.stack(pixels), labels, boxes


class SceneBatches:
    """The batch of each step; with workers, other processes draw those of the next steps meanwhile."""

    def __init__(self, batch: int, *, workers: int = 0, most: int = 12) -> None:
        self.size, self.most = batch, most
        self._pool = ProcessPoolExecutor(workers, get_context("spawn")) if workers else None
        self._ahead = 3 * workers
        self._coming: dict[tuple[int, int], Future[Drawn]] = {}

    def __call__(self, step: int, side: int) -> tuple[Tensor, Targets]:
        """Pixels batch x 3 x side x side (uint8) and targets of that step."""
        pixels, labels, boxes = self._drawn(step, side)
        targets = Targets.of(
            [torch.from_numpy(label) for label in labels], [torch.from_numpy(box) for box in boxes]
        )
        return torch.from_numpy(pixels).permute(0, 3, 1, 2), targets

    def _drawn(self, step: int, side: int) -> Drawn:
        if self._pool is None:
            return _draw(step, side, self.size)
        for ahead in range(step, step + self._ahead):
            if (ahead, side) not in self._coming:
                self._coming[ahead, side] = self._pool.submit(_draw, ahead, side, self.size)
        drawn = self._coming.pop((step, side)).result()
        self._coming = {key: batch for key, batch in self._coming.items() if key[0] > step and key[1] == side}
        return drawn


def _draw(step: int, side: int, batch: int) -> Drawn:
    first = 1_000_000 + step * batch
    return scenes_batch([random_scene(first + i, height=side, width=side) for i in range(batch)])
