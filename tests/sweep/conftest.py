"""A folder of small pictures of two classes, one of them broken."""

from pathlib import Path

import pytest
from PIL import Image

from explorer import gallery

SIDE = 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    for at, name in enumerate(gallery.names()[:22]):
        inside = folder / ("animals" if at % 2 else "others")
        inside.mkdir(parents=True, exist_ok=True)
        Image.fromarray(gallery.picture(name).pixels).resize((SIDE, SIDE)).save(inside / f"{name}.png")
    (folder / "animals" / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "cat.png").write_bytes(b"hidden")
    return folder
