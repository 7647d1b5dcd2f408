"""Imagenette in memory, and batches of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional
from torchvision.ops import roi_align

from explorer.errors import AnalysisError

__all__ = [
    "CLASSES",
    "MEAN",
    "STD",
    "Photographs",
    "augmented",
    "centred",
    "count_in",
    "decoded",
    "labels_of",
    "logits_of",
    "mixed",
    "normalised",
    "one_hot",
    "outputs_of",
    "photographs",
]

CLASSES = (
    "tench",
    "English springer",
    "cassette player",
    "chain saw",
    "church",
    "French horn",
    "garbage truck",
    "gas pump",
    "golf ball",
    "parachute",
)
IMAGENET = (0, 217, 482, 491, 497, 566, 569, 571, 574, 701)
"""The places of the ten classes among ImageNet's thousand."""
CPU = torch.device("cpu")
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Photographs:
    """Decoded photographs (H x W x 3, RGB, uint8, of many shapes) and their labels."""

    def __init__(self, pictures: list[np.ndarray], labels: np.ndarray) -> None:
        self.pictures, self.labels = pictures, torch.from_numpy(labels.astype(np.int64))

    def __len__(self) -> int:
        return len(self.pictures)

    def split(self, held_out: int) -> tuple[Photographs, Photographs]:
        """All but the last `held_out`, and those; the file's order is one fixed shuffle."""
        at = len(self) - held_out
        return (
            Photographs(self.pictures[:at], self.labels[:at].numpy()),
            Photographs(self.pictures[at:], self.labels[at:].numpy()),
        )

    @cache  # noqa: B019  (one object of each part lives as long as the process)
    def on(self, device: torch.device) -> Tensor:
        """All of them on a device, N x 3 x height x width, uint8; smaller ones lie in the top left corner."""
        height, width = (max(picture.shape[axis] for picture in self.pictures) for axis in (0, 1))
        out = torch.zeros(len(self), 3, height, width, dtype=torch.uint8)
        for target, picture in zip(out, self.pictures, strict=True):
            target[:, : picture.shape[0], : picture.shape[1]] = torch.from_numpy(picture).permute(2, 0, 1)
        return out.to(device)

    def resized(self, chosen: Sequence[int], size: tuple[int, int]) -> Tensor:
        """Some of them brought to rows x columns, whatever their shape: n x 3 x rows x columns, uint8."""
        shown = [_resized(self.pictures[at], size) for at in chosen]
        return torch.from_numpy(np.stack(shown)).permute(0, 3, 1, 2)

    @cache  # noqa: B019
    def centred(self, size: int) -> Tensor:
        """The largest centred square of each, size x size: N x 3 x size x size, uint8."""
        return centred(self.pictures, size)


def centred(pictures: Sequence[np.ndarray], size: int) -> Tensor:
    """The largest centred square of each, size x size: N x 3 x size x size, uint8."""
    out = np.empty((len(pictures), size, size, 3), np.uint8)
    for i, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        out[i] = _resized(picture[top : top + side, left : left + side], (size, size))
    return torch.from_numpy(out).permute(0, 3, 1, 2)


def outputs_of(classes: Sequence[str], *, title: str) -> list[int]:
    """The places of Imagenette's ten classes among a model's, which are those ten or ImageNet's thousand.

    Raises:
        AnalysisError: they are others.
    """
    if tuple(classes) == CLASSES:
        return list(range(len(CLASSES)))
    # Some lists say more of a class than its first name.
    named = [classes[at].partition(",")[0] for at in IMAGENET] if len(classes) == 1000 else []
    if any(name not in (own, f"{own}s") for name, own in zip(named, CLASSES, strict=False)) or not named:
        raise AnalysisError(
            f"{title} cannot be measured on Imagenette",
            why="its classes are neither Imagenette's ten nor ImageNet's thousand",
            do="choose a model that ships",
        )
    return list(IMAGENET)


def decoded(path: Path, chosen: Sequence[int] | None = None) -> list[np.ndarray]:
    """The photographs of a file of encoded pictures, or some of them: height x width x 3, RGB, uint8, of many shapes.

    Raises:
        AnalysisError: the file is not there.
    """
    with _opened(path) as file:
        data, offsets = file["bytes"], file["offsets"]
    places = list(pairwise(offsets))
    # OpenCV decodes outside of Python's lock.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(
            threads.map(
                lambda at: _picture(data[at[0] : at[1]]),
                places if chosen is None else [places[at] for at in chosen],
            )
        )


def count_in(path: Path) -> int:
    """The photographs of a file, none of which is decoded.

    Raises:
        AnalysisError: the file is not there.
    """
    with _opened(path) as file:
        return len(file["offsets"]) - 1


def labels_of(path: Path) -> np.ndarray:
    """The label of each photograph of a file, none of which is decoded.

    Raises:
        AnalysisError: the file is not there.
    """
    with _opened(path) as file:
        return file["labels"].astype(np.int64)


def _opened(path: Path) -> np.lib.npyio.NpzFile:
    if not path.is_file():
        raise AnalysisError(
            f"There is no {path.name}", why=f"{path.parent} has no such file", do="see the README, Data"
        )
    return np.load(path)


def _picture(encoded: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB)


@cache
def photographs(path: Path) -> Photographs:
    """The photographs of `imagenette-train.npz` or `imagenette-test.npz`, and their labels.

    Raises:
        AnalysisError: the file is not there.
    """
    return Photographs(decoded(path), labels_of(path))


def _resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Brought to rows x columns: antialiased, bicubic, as the app shows it to a model."""
    rows, columns = size
    return np.asarray(Image.fromarray(picture).resize((columns, rows), Image.Resampling.BICUBIC))


def normalised(pictures: Tensor, *, mean: tuple[float, ...] = MEAN, std: tuple[float, ...] = STD) -> Tensor:
    """uint8 or float pictures of 0 … 255, B x 3 x H x W, to the models' input."""
    middle, unit = (torch.tensor(v, device=pictures.device).view(1, 3, 1, 1) * 255 for v in (mean, std))
    return (pictures.float() - middle) / unit


@torch.inference_mode()
def logits_of(
    module: Callable[[Tensor], Tensor],
    pictures: Tensor,
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    device: torch.device | str,
) -> Tensor:
    """What a network says of pictures, N x 3 x H x W, uint8: N x classes, on the CPU."""
    batches = pictures.split(128)
    return torch.cat([module(normalised(batch.to(device), mean=mean, std=std)).cpu() for batch in batches])


def augmented(
    photos: Photographs,
    chosen: Tensor,
    size: int,
    *,
    smallest: float,
    device: torch.device = CPU,
) -> Tensor:
    """The chosen photographs cut at random (area `smallest` … 1, shape 3:4 … 4:3), mirrored, and changed in
    brightness, contrast and saturation: B x 3 x size x size, float of 0 … 255, on the device.

    On a GPU they are cut there, from all of them in its memory, so that it need not wait for a CPU.
    """
    places, mirrored = _places([photos.pictures[at].shape for at in chosen.tolist()], smallest)
    cuts = _cut_in_memory if device.type == "cpu" else _cut_on_device
    pictures = cuts(photos, chosen, places, size, device)
    pictures = torch.where(mirrored.to(device)[:, None, None, None], pictures.flip(3), pictures)
    brightness, contrast, saturation = (
        (0.7 + 0.6 * torch.rand(3, len(chosen), 1, 1, 1)).to(device, non_blocking=True).unbind()
    )
    pictures = pictures * brightness
    pictures = torch.lerp(pictures.mean((1, 2, 3), keepdim=True), pictures, contrast)
    return torch.lerp(pictures.mean(1, keepdim=True), pictures, saturation).clamp_(0, 255)


def _places(shapes: Sequence[tuple[int, ...]], smallest: float) -> tuple[Tensor, Tensor]:
    """Where each photograph is cut (B x 4: left, top, right, bottom in whole pixels), and which are mirrored."""
    area, shape, across, down, mirror = torch.rand(5, len(shapes)).numpy()
    height, width = np.array([picture_shape[:2] for picture_shape in shapes]).T
    wanted = height * width * (smallest + (1 - smallest) * area)
    ratio = np.exp((2 * shape - 1) * np.log(4 / 3))
    rows = np.rint(np.sqrt(wanted / ratio)).clip(1, height).astype(np.int64)
    columns = np.rint(np.sqrt(wanted * ratio)).clip(1, width).astype(np.int64)
    top, left = (
        (down * (height - rows + 1)).astype(np.int64),
        (across * (width - columns + 1)).astype(np.int64),
    )
    places = np.stack([left, top, left + columns, top + rows], 1)
    return torch.from_numpy(places), torch.from_numpy(mirror < 0.5)


def _cut_in_memory(
    photos: Photographs, chosen: Tensor, places: Tensor, size: int, device: torch.device
) -> Tensor:
    out = np.empty((len(chosen), size, size, 3), np.uint8)
    for target, at, (left, top, right, bottom) in zip(out, chosen.tolist(), places.tolist(), strict=True):
        cut = photos.pictures[at][top:bottom, left:right]
        smaller = cv2.INTER_AREA if bottom - top > size else cv2.INTER_LINEAR
        target[:] = cv2.resize(cut, (size, size), interpolation=smaller)
    return torch.from_numpy(out).permute(0, 3, 1, 2).float()


def _cut_on_device(
    photos: Photographs, chosen: Tensor, places: Tensor, size: int, device: torch.device
) -> Tensor:
    """The same by four samples for every pixel of the cut."""
    boxes = places.float().to(device, non_blocking=True)
    every = torch.cat([torch.arange(len(boxes), device=device)[:, None], boxes], 1)
    pictures = photos.on(device)[chosen.to(device, non_blocking=True)].float()
    return roi_align(pictures, every, size, sampling_ratio=2, aligned=True)


def mixed(pictures: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Half of the batches by CutMix (Yun et al. 2019), half by mixup with Beta(0.2) (Zhang et al. 2018).

    targets B x classes are mixed alike.
    """
    order = torch.randperm(len(pictures))
    if torch.rand(()) < 0.5:
        keep = float(torch.distributions.Beta(0.2, 0.2).sample())
        pictures = torch.lerp(pictures[order], pictures, keep)
    else:
        height, width = pictures.shape[-2:]
        side = torch.sqrt(torch.rand(()))
        rows, columns = int(side * height), int(side * width)
        top, left = (int(torch.randint(0, n - m + 1, ())) for n, m in ((height, rows), (width, columns)))
        pictures = pictures.clone()
        cut = (..., slice(top, top + rows), slice(left, left + columns))
        pictures[cut] = pictures[order][cut]
        keep = 1 - rows * columns / (height * width)
    return pictures, torch.lerp(targets[order], targets, keep)


def one_hot(labels: Tensor, *, smoothing: float = 0.1) -> Tensor:
    """Labels B to smoothed targets B x classes."""
    return functional.one_hot(labels, len(CLASSES)).float() * (1 - smoothing) + smoothing / len(CLASSES)
