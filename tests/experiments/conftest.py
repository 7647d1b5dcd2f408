"""Test photographs and an empty place for models, as the experiments expect them."""

import cv2
import numpy as np
import pytest

from tests.training.photographs import archive


@pytest.fixture
def photographs(tmp_path, monkeypatch):
    """A folder with 40 noisy test photographs of 36 x 36 in ten classes, and nothing that ships."""
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path / "checkpoints"))
    rng = np.random.default_rng(0)
    pictures = list(rng.integers(0, 256, (40, 36, 36, 3), dtype=np.uint8))
    archive(tmp_path / "imagenette-test.npz", pictures, [at % 10 for at in range(40)])
    return tmp_path


@pytest.fixture
def things(tmp_path, monkeypatch):
    """A folder with thirty pictures of 32 x 32 laid out as CIFAR-10's, lossless, and nothing that ships."""
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path / "checkpoints"))
    pictures = np.random.default_rng(1).integers(0, 256, (30, 32, 32, 3), dtype=np.uint8)
    encoded = [cv2.imencode(".png", picture)[1].ravel() for picture in pictures]
    offsets = np.cumsum([0] + [len(file) for file in encoded])
    parts = {
        f"{part}_{name}": value
        for part in ("train", "test")
        for name, value in (
            ("bytes", np.concatenate(encoded)),
            ("offsets", offsets),
            ("labels", np.arange(30) % 10),
        )
    }
    np.savez(tmp_path / "cifar10.npz", **parts)
    return tmp_path
