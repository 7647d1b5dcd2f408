"""The pictures of a sweep: of a folder with its subfolders, of a list, of an archive, or of the gallery."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

from explorer import gallery
from explorer.decoding import check_bytes
from explorer.errors import PictureError
from explorer.images import Picture

__all__ = ["ENDINGS", "GALLERY", "Pictures", "open_picture", "pictures_of"]

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
"""What pictures are known by where nobody names them one by one."""
GALLERY = "gallery"
ARCHIVES = (".zip", ".tar")


@dataclass(frozen=True)
class Pictures:
    """The names of some pictures, in a fixed order, and where they are."""

    place: str
    """A folder, the folder of a list, an archive, or `gallery`."""
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the names: another order is another sweep."""
        return hashlib.sha256("\n".join(self.names).encode("utf-8", "surrogateescape")).hexdigest()

    def label(self, at: int) -> str:
        """The name of the folder that the picture is in, which is its class in ImageNet's and other data sets."""
        return PurePosixPath(self.names[at]).parent.name

    def open(self, at: int) -> Picture:
        """One picture.

        Raises:
            PictureError: it is damaged, too large or gone.
        """
        return open_picture(self.place, self.names[at])


def open_picture(place: str, name: str) -> Picture:
    """One picture of a place, by its name.

    Raises:
        PictureError: it is damaged, too large or gone.
    """
    if place == GALLERY:
        return gallery.picture(name)
    if not place.lower().endswith(ARCHIVES):
        return Picture.from_file(Path(place) / name)
    return Picture.from_bytes(_archive(place).read(name), name=name)


def pictures_of(source: str) -> Pictures:
    """The pictures of `--pictures`.

    Raises:
        PictureError: there are none.
    """
    if source == GALLERY:
        return Pictures(GALLERY, gallery.names())
    path = Path(source).resolve()
    if path.is_dir():
        inside = (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
        found = Pictures(str(path), _pictures_in(inside))
    elif path.suffix.lower() in ARCHIVES:
        found = Pictures(str(path), _pictures_in(_archive(str(path)).names()))
    else:
        found = Pictures(str(path.parent), _listed(path))
    if not found.names:
        raise PictureError(f"{source} holds no picture", why=f"looked for {', '.join(ENDINGS)}")
    return found


def _pictures_in(names: Iterable[str]) -> tuple[str, ...]:
    """Those that end like pictures and lie in no hidden folder, such as macOS adds to archives."""
    return tuple(sorted(name for name in names if name.lower().endswith(ENDINGS) and not _hidden(name)))


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _listed(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise PictureError(
            f"{path} is no list of pictures",
            why=getattr(error, "strerror", None) or "it is no text",
            do="give a folder, a text file with a path a line, a .zip or a .tar",
        ) from error
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))


class _Archive:
    """A .zip or an uncompressed .tar, of which any member can be read alone."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: zipfile.ZipFile | tarfile.TarFile
        try:
            zipped = path.lower().endswith(".zip")
            self._file = zipfile.ZipFile(path) if zipped else tarfile.open(path, "r:")  # noqa: SIM115
            self._members = self._sizes()
        except (OSError, zipfile.BadZipFile, tarfile.TarError) as error:
            raise PictureError(f"{path} cannot be read as an archive", why=str(error)) from error

    def names(self) -> list[str]:
        return list(self._members)

    def read(self, name: str) -> bytes:
        if name not in self._members:
            raise PictureError(f"{name} is no longer in {self.path}")
        check_bytes(self._members[name])
        try:
            if isinstance(self._file, zipfile.ZipFile):
                return self._file.read(name)
            member = self._file.extractfile(name)
            return member.read() if member else b""
        except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, tarfile.TarError) as error:
            raise PictureError(f"{name} cannot be read from {self.path}", why=str(error)) from error

    def _sizes(self) -> dict[str, int]:
        if isinstance(self._file, zipfile.ZipFile):
            return {each.filename: each.file_size for each in self._file.infolist() if not each.is_dir()}
        return {each.name: each.size for each in self._file.getmembers() if each.isfile()}


@lru_cache(maxsize=2)
def _archive(path: str) -> _Archive:
    return _Archive(path)
