"""Small files of the shape of Imagenette's, lossless."""

from pathlib import Path

import cv2
import numpy as np


def archive(path: Path, pictures: list[np.ndarray], labels: list[int]) -> None:
    """pictures: H x W x 3, uint8, RGB."""
    encoded = [cv2.imencode(".png", picture[..., ::-1])[1].ravel() for picture in pictures]
    offsets = np.cumsum([0] + [len(file) for file in encoded])
    np.savez(path, bytes=np.concatenate(encoded), offsets=offsets, labels=np.array(labels, np.uint8))
