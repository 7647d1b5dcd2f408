"""Reports on disk, each under a link that nobody can guess; bounded in number, bytes and age."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from explorer.errors import ExportError
from explorer.report.kept import Entry, Kept, Report, pack, unpack
from explorer.settings import settings
from explorer.whole import sweep, write_whole

__all__ = ["DAYS", "Store", "folder"]

DAYS = 30
"""A report is kept this long after it was last opened."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
BESIDE = re.compile(r"session\.json|upload-[0-9a-f]{16}\.picture")
"""Files that may lie beside the figures."""
PATIENCE = 20.0
"""Seconds to wait for another server that writes into the same folder; a writer takes milliseconds."""


def folder() -> Path:
    """Where the app keeps reports."""
    return settings().reports


class Store:
    """Reports by token, 128 random bits. The folders are named by the tokens' digests, so that not even who
    lists them has a link, and how long a look takes tells nothing of a token: it is hashed, never compared. Safe to share
    between threads, and the folder between servers.
    """

    def __init__(
        self,
        root: Path,
        *,
        reports: int = 1000,
        max_bytes: int = 2 << 30,
        figures: int = 60,
        report_bytes: int = 100 << 20,
        days: float = DAYS,
    ) -> None:
        self.root, self.reports, self.max_bytes = root, reports, max_bytes
        self.figures, self.report_bytes, self.days = figures, report_bytes, days
        self._lock = threading.Lock()

    def begin(self) -> str:
        """The token of a new report. It is on disk from its first figure on."""
        return secrets.token_urlsafe(16)

    def has(self, token: object) -> bool:
        """Whether there is a report under that token, whatever it is, and not yet too old."""
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            return False
        return self._file(token).is_file() and not self._old(_opened(self._file(token).parent))

    def open(self, token: str) -> Report:
        """The report under that token; its life begins anew.

        Raises:
            ExportError: there is none.
        """
        if not self.has(token):
            raise ExportError(
                "This server has no such report",
                why=f"a report is kept for {self.days:g} days after it was last opened",
            )
        with suppress(OSError):  # of a folder that can only be read
            os.utime(self._file(token))
        try:
            return Report.from_json(self._file(token).read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ExportError("This report is damaged", do="begin another") from error

    def add(self, token: str, saved: Kept, *, title: str) -> str:
        """Put a figure at the report's end and return its name.

        Raises:
            ExportError: the report is full, or the disk is.
        """
        if not TOKEN.fullmatch(token):
            raise ExportError("This is no report's link")
        data = pack(saved)
        with self._alone():
            place = self._file(token).parent
            if self.has(token):
                report = self.open(token)
            else:
                report = Report()
                shutil.rmtree(place, ignore_errors=True)  # too old, but not tidied away yet
            held = _size(place)
            if len(report.entries) >= self.figures or held + len(data) > self.report_bytes:
                raise ExportError(
                    "The report is full",
                    why=f"it takes {self.figures} figures and {self.report_bytes >> 20} MB",
                    do="write it, then remove figures from it on its page",
                )
            figure = secrets.token_hex(6)
            place.mkdir(exist_ok=True, mode=0o700)
            write_whole(place / f"{figure}.figure", data)
            self._put(token, replace(report, entries=(*report.entries, Entry(figure, title))))
            sweep(place)
            self._tidy(keep=place)
            return figure

    def change(self, token: str, how: Callable[[Report], Report]) -> Report:
        """The report as `how` changes it; figures that are no longer in it are forgotten.

        Raises:
            ExportError: there is none under that token.
        """
        with self._alone():
            report = how(self.open(token))
            self._put(token, report)
            named = {entry.figure for entry in report.entries}
            for file in self._file(token).parent.glob("*.figure"):
                if file.stem not in named:
                    file.unlink()
            return report

    def figure(self, token: str, figure: str) -> Kept:
        """A figure of the report.

        Raises:
            ExportError: it is not there, or damaged.
        """
        place = self._file(token).parent
        if figure not in {entry.figure for entry in self.open(token).entries}:
            raise ExportError("The report has no such figure")
        try:
            return unpack((place / f"{figure}.figure").read_bytes())
        except OSError as error:
            raise ExportError("A figure of this report is gone", do="remove it and add it again") from error

    def packed(self, token: str, figure: str) -> bytes:
        """A figure of the report as it lies on disk.

        Raises:
            ExportError: it is not there.
        """
        try:
            return (self._file(token).parent / f"{figure}.figure").read_bytes()
        except OSError as error:
            raise ExportError("A figure of this report is gone", do="remove it and add it again") from error

    def keep(
        self,
        token: str,
        name: str,
        how: Callable[[bytes | None], bytes],
        *,
        drop: Callable[[str], bool] = lambda name: False,
    ) -> None:
        """Put a file beside the figures: what `how` makes of the one that is there, or of None. Then those of the others
        that are to `drop` make room. A report that is not there begins, empty.

        Raises:
            ExportError: what is kept there is as much as may be, or the disk is full.
        """
        if not TOKEN.fullmatch(token) or not BESIDE.fullmatch(name):
            raise ExportError("This is no report's link")
        with self._alone():
            place = self._file(token).parent
            if not self.has(token):
                shutil.rmtree(place, ignore_errors=True)  # too old, but not tidied away yet
                place.mkdir(mode=0o700)
                self._put(token, Report())
            before = self.kept(token, name)
            data = how(before)
            for other in place.iterdir():
                if other.name != name and BESIDE.fullmatch(other.name) and drop(other.name):
                    other.unlink()
            if _size(place) - len(before or b"") + len(data) > self.report_bytes:
                raise ExportError(
                    "There is no room for more", why=f"a session takes {self.report_bytes >> 20} MB"
                )
            write_whole(place / name, data)
            if before is None:
                self._tidy(keep=place)

    def kept(self, token: str, name: str) -> bytes | None:
        """A file beside the figures; None where there is none."""
        if not self.has(token) or not BESIDE.fullmatch(name):
            return None
        try:
            return (self._file(token).parent / name).read_bytes()
        except OSError:
            return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile: no thread of this server, and no other server that shares the folder. The system
        frees the lock of a server that dies.

        Raises:
            ExportError: another holds the folder for too long, or the system refuses to write.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._lock, FileLock(self.root / ".lock", timeout=PATIENCE):
                yield
        except Timeout as error:
            raise ExportError("This cannot be kept now", why="the folder of reports is busy") from error
        except OSError as error:
            raise ExportError("This cannot be kept", why=error.strerror or str(error)) from error

    def _file(self, token: str) -> Path:
        return self.root / hashlib.sha256(token.encode()).hexdigest()[:32] / "report.json"

    def _put(self, token: str, report: Report) -> None:
        write_whole(self._file(token), report.as_json().encode())

    def _old(self, opened: float) -> bool:
        return time.time() - opened > self.days * 86_400

    def _tidy(self, *, keep: Path) -> None:
        """Forget what is too old, then what was opened longest ago, until the rest is within bounds."""
        aged = sorted(
            ((_opened(place), place) for place in self.root.iterdir() if place.is_dir() and place != keep),
            reverse=True,
        )
        number, held = 1, _size(keep)
        for opened, place in aged:
            number, held = number + 1, held + _size(place)
            if self._old(opened) or number > self.reports or held > self.max_bytes:
                shutil.rmtree(place, ignore_errors=True)


def _opened(place: Path) -> float:
    try:
        return (place / "report.json").stat().st_mtime
    except OSError:
        return 0.0


def _size(place: Path) -> int:
    return sum(file.stat().st_size for file in place.glob("*")) if place.is_dir() else 0
