"""The blood cell micrographs (BCCD): 364 pictures of 640 x 480 with boxes, and the authors' own parts."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import torch
from torch import Tensor

from explorer.data.targets import Targets, area, centred
from explorer.errors import AnalysisError

__all__ = ["CELLS", "FILE", "Micrographs", "cut", "micrographs", "resized"]

CELLS = ("red cell", "white cell", "platelet")
_NAMES = {"RBC": 0, "WBC": 1, "Platelets": 2}
FILE = "bccd.zip"
SHOWN = 0.4
"""The share of an object's box that must be on a cut for the object to count."""


@dataclass(frozen=True, eq=False)
class Micrographs:
    """Decoded micrographs and their boxes."""

    pictures: tuple[np.ndarray, ...]
    """480 x 640 x 3, RGB, uint8."""
    labels: tuple[np.ndarray, ...]
    """Of each picture: its objects' places in `CELLS`."""
    boxes: tuple[np.ndarray, ...]
    """Of each picture: objects x 4: left, top, right, bottom in pixels."""

    def __len__(self) -> int:
        return len(self.pictures)


@cache
def micrographs(folder: Path, part: Literal["train", "val", "test"]) -> Micrographs:
    """The authors' part of the micrographs in `bccd.zip`.

    Raises:
        AnalysisError: the file is not there or damaged.
    """
    path = folder / FILE
    if not path.is_file():
        raise AnalysisError(
            f"There is no {FILE}", why=f"{folder} has no such file", do="see the README, Data"
        )
    pictures, labels, boxes = [], [], []
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.read(f"BCCD/ImageSets/Main/{part}.txt").decode().split():
                data = np.frombuffer(archive.read(f"BCCD/JPEGImages/{name}.jpg"), np.uint8)
                pictures.append(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))
                cells = _objects(archive.read(f"BCCD/Annotations/{name}.xml"))
                labels.append(np.array([label for label, _ in cells], np.int64))
                boxes.append(np.array([box for _, box in cells], np.float32).reshape(-1, 4))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, cv2.error) as error:
        raise AnalysisError(f"{FILE} is damaged", why=str(error), do="fetch it again") from error
    return Micrographs(tuple(pictures), tuple(labels), tuple(boxes))


def _objects(annotation: bytes) -> list[tuple[int, tuple[float, ...]]]:
    """Label and box of each object; some annotated boxes have no area and are left out."""
    cells = []
    for element in ElementTree.fromstring(annotation).iter("object"):
        sides = [float(element.findtext(f"bndbox/{side}", "0")) for side in ("xmin", "ymin", "xmax", "ymax")]
        # The annotation counts pixels from 1 and includes the last.
        left, top, right, bottom = sides[0] - 1, sides[1] - 1, sides[2], sides[3]
        if right > left + 1 and bottom > top + 1:
            cells.append((_NAMES[element.findtext("name", "")], (left, top, right, bottom)))
    return cells


def resized(part: Micrographs, rows: int, columns: int) -> tuple[Tensor, list[dict[str, Tensor]]]:
    """All pictures as N x 3 x rows x columns, uint8, and their labels and boxes (corners, as shares)."""
    shown = [
        cv2.resize(full_size, (columns, rows), interpolation=cv2.INTER_AREA) for full_size in part.pictures
    ]
    true = []
    for picture, labels, boxes in zip(part.pictures, part.labels, part.boxes, strict=True):
        height, width = picture.shape[:2]
        shares = boxes / np.array([width, height, width, height], np.float32)
        true.append({"labels": torch.from_numpy(labels), "boxes": torch.from_numpy(shares).clamp(0, 1)})
    return torch.from_numpy(np.stack(shown)).permute(0, 3, 1, 2), true


def cut(
    part: Micrographs, chosen: Tensor, rows: int, columns: int, *, turned: float = 0.0
) -> tuple[Tensor, Targets]:
    """The chosen pictures cut at random (side 60 … 100 %), mirrored and turned upside down by chance:
    batch x 3 x rows x columns, uint8, and the objects on them. That share of them is turned by 90 degrees before. All
    chance is torch's."""
    out = np.empty((len(chosen), rows, columns, 3), np.uint8)
    labels, targets = [], []
    chance = torch.rand(len(chosen), 5).tolist()
    for i, (at, (share, down, across, mirror, flip)) in enumerate(zip(chosen.tolist(), chance, strict=True)):
        picture, boxes = part.pictures[at], part.boxes[at].copy()
        shape = picture.shape[:2]
        if turned and torch.rand(()) < turned:
            picture, boxes = picture.transpose(1, 0, 2), boxes[:, [1, 0, 3, 2]]
        height, width = picture.shape[:2]
        # The largest cut of the upright picture's shape that a turned one has room for.
        side = (0.6 + 0.4 * share) * min(height / shape[0], width / shape[1])
        tall, wide = round(side * shape[0]), round(side * shape[1])
        top, left = round(down * (height - tall)), round(across * (width - wide))
        view = cv2.resize(
            picture[top : top + tall, left : left + wide], (columns, rows), interpolation=cv2.INTER_AREA
        )
        boxes = (boxes - (left, top, left, top)) / (wide, tall, wide, tall)
        inside = boxes.clip(0, 1)
        visible = area(inside) > SHOWN * area(boxes)
        inside = inside[visible]
        if mirror < 0.5:
            view, inside = (
                view[:, ::-1],
                np.stack([1 - inside[:, 2], inside[:, 1], 1 - inside[:, 0], inside[:, 3]], 1),
            )
        if flip < 0.5:
            view, inside = (
                view[::-1],
                np.stack([inside[:, 0], 1 - inside[:, 3], inside[:, 2], 1 - inside[:, 1]], 1),
            )
        out[i] = view
        labels.append(torch.from_numpy(part.labels[at][visible]))
        targets.append(centred(inside))
    return torch.from_numpy(out).permute(0, 3, 1, 2), Targets.of(labels, targets)
