"""Where a job's files are: a folder, or any place that fsspec knows, such as `s3://bucket/run`."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from explorer.errors import ExportError
from explorer.whole import write_whole

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["Store", "opened", "store"]


class Store(Protocol):
    """Files by name, each written whole or not at all."""

    def names(self) -> set[str]:
        """The files there are."""

    def read(self, name: str) -> bytes: ...

    def open(self, name: str) -> IO[bytes]:
        """A file of which only parts are wanted."""

    def write(self, name: str, data: bytes) -> None: ...


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> set[str]:
        return {file.name for file in self.path.iterdir()} if self.path.is_dir() else set()

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb")

    def write(self, name: str, data: bytes) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_whole(self.path / name, data)
        except OSError as error:
            raise _unwritable(str(self.path / name), error) from error


class _Remote:
    """An object store puts an object whole, or not at all."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.files, self.root = opened(url)

    def names(self) -> set[str]:
        try:
            return {path.rpartition("/")[2] for path in self.files.ls(self.root, detail=False)}
        except FileNotFoundError:
            return set()
        except Exception as error:  # of every library its own, such as that there are no credentials
            raise ExportError(
                f"{self.url} cannot be listed", why=str(error), do="look at the address and the credentials"
            ) from error

    def read(self, name: str) -> bytes:
        return self.files.cat_file(f"{self.root}/{name}")

    def open(self, name: str) -> IO[bytes]:
        return self.files.open(f"{self.root}/{name}", "rb")

    def write(self, name: str, data: bytes) -> None:
        try:
            self.files.makedirs(self.root, exist_ok=True)
            self.files.pipe_file(f"{self.root}/{name}", data)
        except Exception as error:
            raise _unwritable(f"{self.url}/{name}", error) from error


def opened(url: str) -> tuple[AbstractFileSystem, str]:
    """The file system of an address or a folder, and the path in it. It lists what is there now: other processes write, too.

    Raises:
        ExportError: its library is not installed, or there is none.
    """
    import fsspec

    try:
        return fsspec.core.url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise ExportError(
            f"{url} cannot be opened", why=str(error), do="`pip install s3fs` for s3://, `gcsfs` for gs://"
        ) from error


def store(place: str) -> Store:
    """The files of a folder or an address."""
    path = place.removeprefix("file://")
    return _Remote(place) if "://" in path else _Folder(Path(path))


def _unwritable(name: str, error: Exception) -> ExportError:
    return ExportError(
        f"{name} cannot be written",
        why=getattr(error, "strerror", None) or str(error),
        do="what is written stays; make room, and the same command goes on from there",
    )
