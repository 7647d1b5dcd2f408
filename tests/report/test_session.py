"""A session comes back whole, from disk and from its archive; an archive from elsewhere is checked before it is kept."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from explorer.errors import ExportError
from explorer.export import Drawing
from explorer.images import Picture
from explorer.report import Kept, Store
from explorer.report.session import (
    MOST_PICTURES,
    Session,
    kept_session,
    pack_session,
    put_picture,
    put_session,
    read_session,
)
from tests.test_export import ORIGIN, curve, mosaic


def png(colour: int = 90) -> tuple[str, bytes]:
    written = io.BytesIO()
    Image.fromarray(np.full((20, 30, 3), colour, np.uint8)).save(written, "PNG")
    return f"upload-{Picture.from_bytes(written.getvalue(), name='own').digest[:16]}", written.getvalue()


def begun(store: Store) -> str:
    """A session with two figures, a note, a picture and settings."""
    token = store.begin()
    reference, data = png()
    put_picture(store, token, reference, data)
    put_session(
        store,
        token,
        Session({"vision-transformer:depth": 6, "model": "vit", "a:log": True}, {reference: "my cat.png"}),
    )
    first = store.add(token, Kept(curve(), ORIGIN, {reference: data}), title="A curve")
    store.add(token, Kept(mosaic(), ORIGIN), title="A mosaic")
    store.change(token, lambda report: report.said(first, note="See here."))
    return token


def same(one: Store, token: str, other: Store, copy: str) -> None:
    assert kept_session(one, token) == kept_session(other, copy)
    entries, others = one.open(token).entries, other.open(copy).entries
    assert [(each.title, each.note) for each in entries] == [(each.title, each.note) for each in others]
    for left, right in zip(entries, others, strict=True):
        before, after = one.figure(token, left.figure), other.figure(copy, right.figure)
        assert before.provenance == after.provenance
        assert before.drawing.figure.to_json() == after.drawing.figure.to_json()
        assert dict(before.pictures) == dict(after.pictures)
    for reference in kept_session(one, token).pictures:
        assert one.kept(token, f"{reference}.picture") == other.kept(copy, f"{reference}.picture")


def test_it_is_there_after_a_restart_and_elsewhere_from_its_archive(tmp_path: Path):
    here = Store(tmp_path / "here")
    token = begun(here)
    same(here, token, Store(tmp_path / "here"), token)
    there = Store(tmp_path / "there")
    copy = read_session(there, pack_session(here, token))
    assert copy != token
    same(here, token, there, copy)
    assert not there.has(token)


def test_it_begins_without_a_figure_counts_and_ends_with_its_report(tmp_path: Path):
    store = Store(tmp_path, report_bytes=3000, days=1)
    token = store.begin()
    put_session(store, token, Session({"depth": 3}))
    assert store.open(token).entries == ()
    reference, data = png()
    with pytest.raises(ExportError, match="no room for more"):
        put_picture(store, token, reference, data + bytes(3000))
    for _ in range(50):  # what is replaced does not count twice
        put_session(store, token, Session({"depth": 4}, {}))
    for name in ("report.json", "../x.picture", "x.figure", "upload-0.picture"):
        with pytest.raises(ExportError):
            store.keep(token, name, lambda before: b"")
    store.days = 0
    assert store.kept(token, "session.json") is None
    assert kept_session(store, token) == Session()


def test_pictures_that_a_session_names_no_more_make_room(tmp_path: Path):
    store = Store(tmp_path)
    token = store.begin()
    own = [png(shade) for shade in range(MOST_PICTURES + 2)]
    for at, (reference, data) in enumerate(own):
        put_session(store, token, Session({}, {reference: f"{at}.png"}))
        put_picture(store, token, reference, data)
    assert list(kept_session(store, token).pictures) == [reference for reference, _ in own[2:]]
    kept = [reference for reference, data in own if store.kept(token, f"{reference}.picture") == data]
    assert kept == [reference for reference, _ in own[2:]]


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return written.getvalue()


def opened(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def harmed(files: dict[str, bytes], member: str, inner: str, new: bytes) -> bytes:
    """The archive with one member of one of its figures replaced."""
    name = next(name for name in files if name.startswith(member))
    return archive({**files, name: archive({**opened(files[name]), inner: new})})


def reaching(source: str, kind: str = "scatter") -> bytes:
    figure = go.Figure(go.Scatter(y=[1]), layout={"images": [{"source": source}]}).to_plotly_json()
    figure["data"] = [{"type": kind, "y": [1]}]
    return json.dumps(figure, default=list).encode()


def arrays(header: str) -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return archive({"0.npy": b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text})


def hostile(files: dict[str, bytes]) -> dict[str, bytes]:
    figure = "figures/"
    reference = next(name for name in files if name.startswith("pictures/"))
    settings = json.loads(files["session.json"])
    return {
        "no archive": b"PK\x03\x04",
        "no session": archive({"a": b"b"}),
        "a bomb": archive({**files, "bomb": bytes(150 << 20)}),
        "a bomb in a figure": harmed(files, figure, "figure.json", bytes(150 << 20)),
        "a method that cannot be bounded": archive(files, zipfile.ZIP_LZMA),
        "many members": archive({str(at): b"" for at in range(300)}),
        "an array as large as memory": harmed(
            files,
            figure,
            "data.npz",
            arrays("{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000,), }"),
        ),
        "a pickled array": harmed(
            files, figure, "data.npz", arrays("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }")
        ),
        "a picture of the server's network": harmed(
            files, figure, "figure.json", reaching("http://169.254.169.254/")
        ),
        "a file of the server": harmed(files, figure, "figure.json", reaching("file:///etc/passwd")),
        "a map that fetches tiles": harmed(
            files, figure, "figure.json", reaching("data:image/png;base64,", "scattermap")
        ),
        "another picture": archive({**files, reference: png(200)[1]}),
        "no picture": archive({**files, reference: b"x"}),
        "settings that are none": archive(
            {**files, "session.json": json.dumps(settings | {"settings": {"a": []}}).encode()}
        ),
        "a path for a name": archive(
            {**files, "session.json": json.dumps(settings | {"pictures": {"../../x": "a"}}).encode()}
        ),
        "deep JSON": archive({**files, "session.json": b"[" * 100_000}),
        "a report that is none": archive({**files, "report.json": b'{"title": 3, "entries": [[1]]}'}),
    }


def test_a_hostile_archive_is_one_sentence_and_leaves_nothing(tmp_path: Path):
    store = Store(tmp_path / "here")
    files = opened(pack_session(store, begun(store)))
    for name, data in hostile(files).items():
        empty = Store(tmp_path / name)
        with pytest.raises(ExportError) as error:
            read_session(empty, data)
        assert "\n" not in str(error.value)
        assert not list((tmp_path / name).glob("*")), name
    assert read_session(Store(tmp_path / "well"), archive(files))  # it is what was harmed that is refused


def test_a_figure_with_a_photograph_passes(tmp_path: Path):
    store, token = Store(tmp_path), ""
    token = store.begin()
    figure = go.Figure(go.Scatter(y=[1, 2]))
    figure.add_layout_image(source="data:image/png;base64,iVBORw0KGgo=")
    drawing = Drawing.of(figure, {"y": np.array([1, 2])}, {}, "See https://example.org.", "A photograph")
    store.add(token, Kept(drawing, ORIGIN), title="T")
    assert read_session(store, pack_session(store, token))
