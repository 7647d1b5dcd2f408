"""Reading and cutting the micrographs, on an archive of the same layout made here."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from explorer.data.blood_cells import cut, micrographs, resized
from explorer.errors import AnalysisError

OBJECT = (
    "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin>"
    "<xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One picture: a white rectangle on black, a platelet, and a box without area."""
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[100:300, 200:500] = 255
    boxes = [("WBC", 201, 101, 500, 300), ("Platelets", 11, 11, 40, 40), ("RBC", 5, 5, 5, 5)]
    with zipfile.ZipFile(tmp_path / "bccd.zip", "w") as archive:
        archive.writestr("BCCD/ImageSets/Main/train.txt", "one\n")
        archive.writestr("BCCD/JPEGImages/one.jpg", cv2.imencode(".jpg", picture)[1].tobytes())
        archive.writestr(
            "BCCD/Annotations/one.xml",
            f"<annotation>{''.join(OBJECT.format(*box) for box in boxes)}</annotation>",
        )
    return tmp_path


def test_boxes_are_the_annotated_pixels(folder: Path) -> None:
    part = micrographs(folder, "train")
    assert part.labels[0].tolist() == [1, 2]
    assert part.boxes[0].tolist() == [[200, 100, 500, 300], [10, 10, 40, 40]]
    pixels, true = resized(part, 144, 192)
    assert pixels.shape == (1, 3, 144, 192)
    torch.testing.assert_close(
        true[0]["boxes"][0], torch.tensor([200 / 640, 100 / 480, 500 / 640, 300 / 480])
    )


@pytest.mark.parametrize("turned", [0.0, 1.0])
def test_cuts_keep_boxes_on_their_objects(folder: Path, turned: float) -> None:
    part = micrographs(folder, "train")
    upright = []
    for seed in range(12):
        torch.manual_seed(seed)
        pixels, targets = cut(part, torch.zeros(1, dtype=torch.int64), 144, 192, turned=turned)
        result = (targets.labels[0] == 1).nonzero()
        if not len(result):  # outside the cut
            continue
        at = int(result[0])
        x, y, wide, tall = targets.boxes[0, at].tolist()
        white = (pixels[0].float().mean(0) > 128).numpy()
        rows, columns = np.flatnonzero(white.any(1)), np.flatnonzero(white.any(0))
        assert rows[0] == pytest.approx((y - tall / 2) * 144, abs=1.5)
        assert rows[-1] + 1 == pytest.approx((y + tall / 2) * 144, abs=1.5)
        assert columns[0] == pytest.approx((x - wide / 2) * 192, abs=1.5)
        assert columns[-1] + 1 == pytest.approx((x + wide / 2) * 192, abs=1.5)
        upright.append(tall * 144 > wide * 192)
    assert len(upright) >= (6 if turned else 12)
    assert (sum(upright) > len(upright) / 2) == bool(turned)  # 300 by 200 where nothing is cut off


def test_missing_and_damaged_archives_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r"no bccd\.zip"):
        micrographs(tmp_path, "train")
    (tmp_path / "bccd.zip").write_bytes(b"no zip")
    with pytest.raises(AnalysisError, match="damaged"):
        micrographs(tmp_path, "val")
