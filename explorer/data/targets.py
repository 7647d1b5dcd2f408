"""The true objects of a batch, for what learns to find them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torchvision.ops import box_area, box_convert

__all__ = ["Targets", "area", "centred"]


@dataclass(frozen=True, eq=False)
class Targets:
    """The true objects of a batch, padded to the same number."""

    labels: Tensor
    """batch x most, int64; -1 where there is none."""
    boxes: Tensor
    """batch x most x 4: centre column, centre row, width, height as shares of the picture."""
    ignored: Tensor = field(default_factory=lambda: torch.zeros(0, 0, 4))
    """batch x most ignored x 4, those of no size where there are fewer; empty where nothing is ignored. What lies
    there is neither right nor wrong."""

    @property
    def present(self) -> Tensor:
        return self.labels >= 0

    @property
    def counts(self) -> list[int]:
        return [int(n) for n in self.present.sum(1)]

    def to(self, device: torch.device) -> Targets:
        return Targets(self.labels.to(device), self.boxes.to(device), self.ignored.to(device))

    @classmethod
    def of(cls, labels: list[Tensor], boxes: list[Tensor], ignored: list[Tensor] | None = None) -> Targets:
        """From one tensor of labels (n), boxes (n x 4) and ignored boxes (m x 4) a picture."""
        most = max(1, *(len(picture_labels) for picture_labels in labels))
        all_labels = torch.full((len(labels), most), -1)
        all_boxes = torch.full((len(labels), most, 4), 0.5)
        for i, (label, box) in enumerate(zip(labels, boxes, strict=True)):
            all_labels[i, : len(label)], all_boxes[i, : len(box)] = label, box
        if ignored is None or not any(map(len, ignored)):
            return cls(all_labels, all_boxes)
        return cls(all_labels, all_boxes, pad_sequence(ignored, batch_first=True))

    def of_each(self) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Of every picture its labels (n), boxes (n x 4) and ignored boxes (m x 4), without what only fills up."""
        spared = self.ignored if self.ignored.numel() else self.boxes.new_zeros(len(self.labels), 0, 4)
        return [
            (labels[labels >= 0], boxes[labels >= 0], ignored[(ignored[:, 2:] > 0).all(1)])
            for labels, boxes, ignored in zip(self.labels, self.boxes, spared, strict=True)
        ]

    def in_quarters(self) -> Targets:
        """Of pictures of which each four are the quarters of one, row by row."""
        corner = torch.tensor([[0, 0, 0, 0], [0.5, 0, 0, 0], [0, 0.5, 0, 0], [0.5, 0.5, 0, 0]])
        each = [
            (labels, boxes / 2 + corner[at % 4], ignored / 2 + corner[at % 4])
            for at, (labels, boxes, ignored) in enumerate(self.of_each())
        ]
        labels, boxes, ignored = (
            [torch.cat(parts[at : at + 4]) for at in range(0, len(parts), 4)]
            for parts in zip(*each, strict=True)
        )
        return Targets.of(labels, boxes, ignored)


def area(boxes: np.ndarray) -> np.ndarray:
    """Of boxes given by left, top, right, bottom."""
    return box_area(torch.from_numpy(boxes)).numpy()


def centred(boxes: np.ndarray) -> Tensor:
    """Left, top, right, bottom to centre column, centre row, width, height, in single precision."""
    return box_convert(torch.from_numpy(boxes).float(), "xyxy", "cxcywh")
