"""The task of the models that write pictures: predict every value from those before it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.data.pixels import Pictures

__all__ = ["WritePictures", "nats"]


class WritePictures:
    """Predict every value of a picture from those before it, in one pass: the mean of −ln p over the values.

    `enlarge` is how many times smaller the picture is that the model is told. `mirror` flips half of the
    pictures left to right.
    """

    def __init__(
        self,
        pictures: Pictures,
        device: torch.device,
        *,
        batch: int,
        held_out: int,
        scored: int,
        enlarge: int = 0,
        mirror: bool = False,
    ) -> None:
        self.device, self.batch, self.enlarge, self.mirror = device, batch, enlarge, mirror
        self.nats = torch.compile(nats) if device.type == "cuda" else nats
        learn, labels = (
            torch.from_numpy(pictures.learn),
            torch.from_numpy(pictures.learn_labels.astype(np.int64)),
        )
        self.learn, self.labels = learn[:-held_out].to(device), labels[:-held_out].to(device)
        self.held_out = learn[-held_out:][:scored].to(device)
        self.held_out_labels = labels[-held_out:][:scored].to(device)

    def loss(self, module: nn.Module, step: int) -> Tensor:
        chosen = self._order(step)
        pictures, labels = self.learn[chosen], self.labels[chosen]
        if self.mirror:
            flipped = torch.rand(len(chosen), device=self.device) < 0.5
            pictures = torch.where(flipped[:, None, None, None], pictures.flip(2), pictures)
        return self.nats(module, pictures, labels, enlarge=self.enlarge).mean()

    def score(self, module: nn.Module) -> float:
        """Minus the mean of −ln p over the held-out values."""
        with torch.autocast(self.device.type, enabled=False):
            parts = [
                nats(module, pictures, labels, enlarge=self.enlarge).mean(1)
                for pictures, labels in zip(
                    self.held_out.split(50), self.held_out_labels.split(50), strict=True
                )
            ]
        return -float(torch.cat(parts).mean())

    def _order(self, step: int) -> Tensor:
        """The batch of a step: each epoch is one permutation of the pictures."""
        epoch, at = divmod(step, max(1, len(self.learn) // self.batch))
        order = torch.randperm(len(self.learn), generator=torch.Generator().manual_seed(epoch))
        return order[at * self.batch : (at + 1) * self.batch].to(self.device)


def nats(module: Any, pictures: Tensor, labels: Tensor | None, *, enlarge: int = 0) -> Tensor:
    """−ln p of every value of pictures (N x height x width x channels), in the order of writing: N x steps."""
    places = torch.from_numpy(module.blocks.places).to(pictures.device)
    values = pictures[:, places[:, 0], places[:, 1], places[:, 2]].long()
    low = _smaller(pictures, enlarge) if enlarge else None
    return -module.log_likelihood(values, labels if module.classes else None, low)


def _smaller(pictures: Tensor, times: int) -> Tensor:
    """Means over squares, as `halved` makes them, wherever the pictures are."""
    squares = pictures.unflatten(1, (-1, times)).unflatten(3, (-1, times))
    return squares.float().mean((2, 4)).round().long()
