"""Photographs with boxes of twenty classes, cut at random for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torchvision.ops import roi_align

from explorer.data.imagenette import Photographs, decoded
from explorer.data.targets import Targets, area, centred

__all__ = ["OBJECTS", "TEST", "DetectionPhotos", "cut", "detection_photos", "mosaic", "shape_of"]

OBJECTS = (
    "airplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "dining table",
    "dog",
    "horse",
    "motorcycle",
    "person",
    "potted plant",
    "sheep",
    "sofa",
    "train",
    "television",
)
TEST = "detection-test.npz"
VALIDATION = 300
"""Training photographs kept for choosing the best step."""
SHAPES = ((352, 232), (328, 248), (288, 288), (248, 328), (232, 352))
"""Rows and columns of a batch's pictures: about as many pixels in each, so that no shape costs more."""
SHOWN = 0.4
"""The share of an object's box that must be on a cut for the object to be learnt; with less it is ignored."""


@dataclass(frozen=True, eq=False)
class DetectionPhotos:
    """Decoded photographs and their boxes."""

    photos: Photographs
    labels: tuple[np.ndarray, ...]
    """Of each picture: its objects' places in `OBJECTS`."""
    boxes: tuple[np.ndarray, ...]
    """Of each picture: objects x 4: left, top, right, bottom as shares of the picture."""
    ignored: tuple[np.ndarray, ...]
    """Of each picture: which objects neither teach nor count."""

    @cached_property
    def shapes(self) -> tuple[int, ...]:
        """Of each picture: the place in `SHAPES` of what is nearest to its own."""
        return tuple(shape_of(*picture.shape[:2]) for picture in self.photos.pictures)

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, chosen: slice) -> DetectionPhotos:
        pictures = self.photos.pictures[chosen]
        photos = Photographs(pictures, np.full(len(pictures), -1))
        return DetectionPhotos(photos, self.labels[chosen], self.boxes[chosen], self.ignored[chosen])

    def true(self) -> list[dict[str, Tensor]]:
        """Labels, boxes and what is ignored, as torchmetrics takes them: an ignored box is a crowd's."""
        return [
            {
                "labels": torch.from_numpy(label),
                "boxes": torch.from_numpy(box),
                "iscrowd": torch.from_numpy(crowd).long(),
            }
            for label, box, crowd in zip(self.labels, self.boxes, self.ignored, strict=True)
        ]


@cache
def detection_photos(data: Path, part: Literal["train", "validation", "test"]) -> DetectionPhotos:
    """The photographs of `detection-train.npz`, whose last 300 are the validation part, or of `detection-test.npz`.

    Raises:
        AnalysisError: the file is not there.
    """
    if part != "test":
        every = _read(data / "detection-train.npz")
        return every.part(slice(-VALIDATION, None) if part == "validation" else slice(None, -VALIDATION))
    return _read(data / TEST)


@cache
def _read(path: Path) -> DetectionPhotos:
    pictures = decoded(path)
    with np.load(path) as file:
        assert tuple(file["classes"]) == OBJECTS
        ends = file["box_offsets"][1:-1]
        labels, boxes, ignored = (np.split(file[name], ends) for name in ("labels", "boxes", "ignore"))
    return DetectionPhotos(
        Photographs(pictures, np.full(len(pictures), -1)),
        tuple(label.astype(np.int64) for label in labels),
        tuple(box.astype(np.float32).clip(0, 1) for box in boxes),
        tuple(flags.astype(bool) for flags in ignored),
    )


def shape_of(height: int, width: int) -> int:
    """The place in `SHAPES` of what comes nearest to the shape of height x width."""
    return int(np.argmin([abs(np.log(height / width * columns / rows)) for rows, columns in SHAPES]))


def cut(
    part: DetectionPhotos, chosen: Sequence[int], size: tuple[int, int], *, device: torch.device
) -> tuple[Tensor, Targets]:
    """The chosen pictures cut at random (side 45 … 100 %, two in three of them), mirrored by chance and brought to
    the size, whatever their shape: batch x 3 x rows x columns, float of 0 … 255, and the objects on them. All chance
    is torch's."""
    share, down, across, mirror, whole = torch.rand(5, len(chosen)).numpy()
    places, flipped, labels, boxes, ignored = [], mirror < 0.5, [], [], []
    for i, at in enumerate(chosen):
        height, width = part.photos.pictures[at].shape[:2]
        side = 1.0 if whole[i] < 1 / 3 else 0.45 + 0.55 * share[i]
        left, top = across[i] * (1 - side), down[i] * (1 - side)
        places.append((left * width, top * height, (left + side) * width, (top + side) * height))
        moved = (part.boxes[at] - np.float32([left, top, left, top])) / np.float32(side)
        inside = moved.clip(0, 1)
        seen = area(inside) / np.maximum(area(moved), 1e-9)
        there = seen > 0
        if flipped[i]:
            inside = np.stack([1 - inside[:, 2], inside[:, 1], 1 - inside[:, 0], inside[:, 3]], 1)
        teaches = there & ~part.ignored[at] & (seen > SHOWN)
        labels.append(torch.from_numpy(part.labels[at][teaches]))
        boxes.append(centred(inside[teaches]))
        ignored.append(centred(inside[there & ~teaches]))
    pictures = _resized(part.photos, chosen, torch.tensor(places, dtype=torch.float32), size, device)
    mirrored = torch.from_numpy(flipped).to(device)[:, None, None, None]
    return torch.where(mirrored, pictures.flip(3), pictures), Targets.of(labels, boxes, ignored)


def mosaic(
    part: DetectionPhotos, chosen: Sequence[int], size: tuple[int, int], *, device: torch.device
) -> tuple[Tensor, Targets]:
    """As `cut`, of half the size in the upper left of each picture, with three others of the chosen in the other quarters
    (Bochkovskiy et al., "YOLOv4", 2020, section 3.3): large objects become small ones, and each picture has more."""
    rows, columns = size
    others = torch.randint(len(chosen), (len(chosen), 3)).tolist()
    four = [
        at for first, more in zip(chosen, others, strict=True) for at in (first, *(chosen[i] for i in more))
    ]
    pixels, targets = cut(part, four, (rows // 2, columns // 2), device=device)
    quarters = pixels.unflatten(0, (len(chosen), 2, 2))  # pictures x down x across x 3 x rows x columns
    return quarters.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3), targets.in_quarters()


def _resized(
    photos: Photographs, chosen: Sequence[int], places: Tensor, size: tuple[int, int], device: torch.device
) -> Tensor:
    """What lies in each place (left, top, right, bottom in pixels), by four samples for every pixel of the result."""
    if device.type == "cpu":
        pictures = [torch.from_numpy(photos.pictures[at]).permute(2, 0, 1)[None].float() for at in chosen]
        boxes = [torch.cat([torch.zeros(1), place])[None] for place in places]
        cuts = [
            roi_align(one, box, size, sampling_ratio=2, aligned=True)
            for one, box in zip(pictures, boxes, strict=True)
        ]
        return torch.cat(cuts)
    every = torch.cat([torch.arange(len(chosen))[:, None], places], 1).to(device, non_blocking=True)
    uncut = photos.on(device)[torch.tensor(chosen).to(device, non_blocking=True)].float()
    return roi_align(uncut, every, size, sampling_ratio=2, aligned=True)
