"""Which pictures a folder, a list and an archive hold."""

import tarfile
import zipfile
from pathlib import Path

import pytest

from explorer import gallery
from explorer.errors import PictureError
from explorer.sweep.pictures import pictures_of


def pack(folder: Path, ending: str) -> Path:
    archive = folder.parent / f"packed.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(archive, "w") as file:
            for path in folder.rglob("*"):
                file.write(path, path.relative_to(folder))
    else:
        with tarfile.open(archive, "w") as file:
            file.add(folder, "")
    return archive


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_an_archive_holds_what_its_folder_held(folder: Path, ending: str):
    loose, packed = pictures_of(str(folder)), pictures_of(str(pack(folder, ending)))
    assert len(loose) == 23
    assert packed.names == loose.names
    assert {packed.label(at) for at in range(len(packed))} == {"animals", "others"}
    at = loose.names.index("others/cat.png")
    assert packed.open(at) == loose.open(at)
    with pytest.raises(PictureError):
        packed.open(loose.names.index("animals/broken.jpg"))


def test_a_list_keeps_its_order_and_its_places_start_at_its_folder(folder: Path):
    listed = folder / "some.txt"
    listed.write_text("others/cat.png\n\nanimals/dog.png\nothers/cat.png\n")
    pictures = pictures_of(str(listed))
    assert pictures.names == ("others/cat.png", "animals/dog.png")
    assert pictures.open(0) == pictures_of(str(folder)).open(
        pictures_of(str(folder)).names.index("others/cat.png")
    )


def test_the_gallery_is_a_place_too():
    pictures = pictures_of("gallery")
    assert pictures.open(3) == gallery.picture(gallery.names()[3])


def test_a_compressed_or_damaged_archive_is_refused_in_a_sentence(tmp_path: Path):
    (tmp_path / "a.zip").write_bytes(b"PK no archive")
    (tmp_path / "a.tar").write_bytes(b"no archive at all")
    for name in ("a.zip", "a.tar", "nothing.txt"):
        with pytest.raises(PictureError):
            pictures_of(str(tmp_path / name))
