"""A visitor's session: report, own pictures and settings. Kept under the report's link, carried elsewhere as one archive."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.errors import ExplorerError, ExportError
from explorer.export.unpacking import array_in, read_member
from explorer.images import Picture
from explorer.report.kept import Kept, Report, unpack
from explorer.report.store import Store

__all__ = [
    "LARGEST_ARCHIVE",
    "MOST_PICTURES",
    "PREFIX",
    "Session",
    "kept_session",
    "pack_session",
    "put_picture",
    "put_session",
    "read_session",
    "reference_of",
]

Plain = bool | int | float | str
FILE = "session.json"
PREFIX = "upload-"
"""Of the reference of a picture that a visitor brought."""
MOST_PICTURES, MOST_SETTINGS = 20, 500
LARGEST_ARCHIVE = 100 << 20
"""Bytes of an archive, and of what is in it."""
MEMBERS = 200
REFERENCE = re.compile(PREFIX + "[0-9a-f]{16}")
ADDRESSES = ("source", "src", "url")
"""Fields of a figure that name a picture; only one that holds it itself is taken."""
TRACES = frozenset({"bar", "heatmap", "image", "scatter", "scattergl", "table", "violin", "box", "histogram"})


@dataclass(frozen=True)
class Session:
    """What is kept beside the report's figures."""

    settings: dict[str, Plain] = field(default_factory=dict)
    """What was last set, by the session's keys. Whoever opens it checks the values, as those of an address."""
    pictures: dict[str, str] = field(default_factory=dict)
    """The names of own pictures, by reference."""

    def as_json(self) -> str:
        return json.dumps({"settings": self.settings, "pictures": self.pictures})

    @classmethod
    def from_json(cls, text: str | bytes) -> Session:
        """What such a text says.

        Raises:
            ExportError: it is none.
        """
        try:
            told = json.loads(text)
            settings, pictures = told["settings"], told["pictures"]
            plain = all(isinstance(value, Plain) for value in settings.values())
            named = all(REFERENCE.fullmatch(key) and isinstance(name, str) for key, name in pictures.items())
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise _damaged() from error
        if not (plain and named and len(settings) <= MOST_SETTINGS and len(pictures) <= MOST_PICTURES):
            raise _damaged()
        return cls(settings, {key: name[:200] for key, name in pictures.items()})


def reference_of(digest: str) -> str:
    """How links name a visitor's own picture of that digest."""
    return PREFIX + digest[:16]


def kept_session(store: Store, token: str) -> Session:
    """What is kept under that token; an empty session where nothing is, or it is damaged."""
    return _session_in(store.kept(token, FILE))


def _session_in(data: bytes | None) -> Session:
    try:
        return Session() if data is None else Session.from_json(data)
    except ExportError:
        return Session()


def put_session(store: Store, token: str, session: Session, *, since: Session | None = None) -> None:
    """Keep under that token what has changed since `since`, and no pictures but those it names. What else is kept there by now stays: the visitor may have the
    session open twice, on two servers that share the folder.

    Raises:
        ExportError: what is kept there is as much as may be.
    """
    known, named = (since or Session()).settings, set[str]()
    changed = {key: value for key, value in session.settings.items() if known.get(key) != value}

    def merged(data: bytes | None) -> bytes:
        kept = _session_in(data)
        settings = list((kept.settings | changed).items())[-MOST_SETTINGS:]
        pictures = list((kept.pictures | session.pictures).items())[-MOST_PICTURES:]
        named.update(f"{reference}.picture" for reference, _ in pictures)
        return Session(dict(settings), dict(pictures)).as_json().encode()

    store.keep(token, FILE, merged, drop=lambda name: name not in named)


def put_picture(store: Store, token: str, reference: str, data: bytes) -> None:
    """Keep an own picture under that token.

    Raises:
        ExportError: what is kept there is as much as may be.
    """
    store.keep(token, f"{reference}.picture", lambda before: data)


def pack_session(store: Store, token: str) -> bytes:
    """Everything under that token as one archive (ZIP).

    Raises:
        ExportError: there is nothing, or it is damaged.
    """
    report, session = store.open(token), kept_session(store, token)
    files: dict[str, bytes] = {FILE: session.as_json().encode(), "report.json": report.as_json().encode()}
    for entry in report.entries:
        files[f"figures/{entry.figure}"] = store.packed(token, entry.figure)
    for reference in session.pictures:
        if (data := store.kept(token, f"{reference}.picture")) is not None:
            files[f"pictures/{reference}"] = data
    return _zipped(files)


def read_session(store: Store, data: bytes) -> str:
    """Keep what such an archive holds, and return its token. Archives come from anywhere: all of it is read and checked
    before any of it is kept.

    Raises:
        ExportError: it is no session's archive, it is damaged, or larger than what is kept.
    """
    try:
        files = dict(_members(data))
        report = Report.from_json(files["report.json"].decode())
        session = Session.from_json(files[FILE])
        figures = [(entry, _figure(files[f"figures/{entry.figure}"])) for entry in report.entries]
        pictures = {
            name: files[f"pictures/{name}"] for name in session.pictures if f"pictures/{name}" in files
        }
        for reference, picture in pictures.items():
            if reference_of(Picture.from_bytes(picture, name="upload").digest) != reference:
                raise _damaged()
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        OSError,
        EOFError,
        zlib.error,
        zipfile.BadZipFile,
    ) as error:
        raise _damaged() from error
    except (NotImplementedError, RuntimeError, RecursionError, MemoryError) as error:
        raise _damaged() from error
    except ExportError:
        raise
    except ExplorerError as error:
        raise _damaged() from error
    token = store.begin()
    put_session(store, token, Session(session.settings, {name: session.pictures[name] for name in pictures}))
    for reference, picture in pictures.items():
        put_picture(store, token, reference, picture)
    notes = {}
    for entry, figure in figures:
        notes[store.add(token, figure, title=str(entry.title))] = str(entry.note)

    def noted(added: Report) -> Report:
        for name, note in notes.items():
            added = added.said(name, note=note)
        return Report(str(report.title), added.entries)

    store.change(token, noted)
    return token


def _members(data: bytes, *, most: int = LARGEST_ARCHIVE) -> Iterator[tuple[str, bytes]]:
    """Names and contents of an archive, never more than `most` bytes of them all."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if len(entries) > MEMBERS:
            raise _damaged()
        for entry in entries:
            content = read_member(archive, entry, most + 1)
            most -= len(content)
            if most < 0:
                raise ExportError(
                    "This session is too large", why=f"it takes more than {LARGEST_ARCHIVE >> 20} MB"
                )
            yield entry.filename, content


def _figure(packed: bytes) -> Kept:
    """A figure that only shows numbers and pictures of its own: nothing in it fetches or names anything outside."""
    files = dict(_members(packed))
    for _, array in _members(files["data.npz"]):
        _check_array(array)
    drawn = json.loads(files["figure.json"])
    if any(trace.get("type", "scatter") not in TRACES for trace in drawn.get("data", ())) or _reaches_out(
        drawn
    ):
        raise _damaged()
    return unpack(_zipped(files))


def _check_array(data: bytes) -> None:
    """Whether an array is as large as its header says; a reader would make room for it first."""
    shape, dtype, content = array_in(data)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(content):
        raise _damaged()


def _reaches_out(value: Any, key: str = "") -> bool:
    if isinstance(value, dict):
        return any(_reaches_out(inner, str(name).lower()) for name, inner in value.items())
    if isinstance(value, list):
        return any(_reaches_out(inner, key) for inner in value)
    if not isinstance(value, str):
        return False
    return "href" in value.lower() or (key in ADDRESSES and not value.startswith("data:image/"))


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """One archive; what is in it is packed already."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


def _damaged() -> ExportError:
    return ExportError(
        "This is no session that Explorer wrote, or it is damaged",
        do="choose the ZIP that *Export the session* wrote",
    )
