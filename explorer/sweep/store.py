"""Where a job's files are: a folder, or any place that fsspec knows, such as `s3://bucket/run`."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Protocol

from explorer.errors import ExportError
from explorer.whole import write_whole

__all__ = ["Store", "store"]


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
        import fsspec

        try:
            self.files, self.root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise ExportError(
                f"{url} cannot be opened",
                why=str(error),
                do="`pip install s3fs` for s3://, `gcsfs` for gs://",
            ) from error

    def names(self) -> set[str]:
        try:
            return {path.rpartition("/")[2] for path in self.files.ls(self.root, detail=False)}
        except FileNotFoundError:
            return set()

    def read(self, name: str) -> bytes:
        return self.files.cat_file(f"{self.root}/{name}")

    def open(self, name: str) -> IO[bytes]:
        return self.files.open(f"{self.root}/{name}", "rb")

    def write(self, name: str, data: bytes) -> None:
        try:
            self.files.makedirs(self.root, exist_ok=True)
            self.files.pipe_file(f"{self.root}/{name}", data)
        except OSError as error:
            raise _unwritable(f"{self.root}/{name}", error) from error


def store(place: str) -> Store:
    """The files of a folder or an address."""
    path = place.removeprefix("file://")
    return _Remote(place) if "://" in path else _Folder(Path(path))


def _unwritable(name: str, error: OSError) -> ExportError:
    return ExportError(
        f"{name} cannot be written",
        why=error.strerror or str(error),
        do="what is written stays; make room, and the same command goes on from there",
    )
