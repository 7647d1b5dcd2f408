"""Reports are kept, bounded, private, and written as files that other programs open."""

import io
import os
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image

from explorer import gallery
from explorer.errors import ExportError
from explorer.images import Picture
from explorer.provenance import Provenance
from explorer.report import Kept, Report, Store
from explorer.report.archive import as_markdown, as_zip, make_figures
from explorer.report.document import as_pdf
from explorer.views import VIEWS
from explorer.views.controls import read
from explorer.views.scope import find_picture, open_scope
from tests.test_export import ORIGIN, curve, mosaic
from tests.test_layers import ROOT


def filled(store: Store, *titles: str) -> str:
    token = store.begin()
    for title in titles:
        store.add(token, Kept(curve(), ORIGIN), title=title)
    return token


def titles(store: Store, token: str) -> list[str]:
    return [each.title for each in store.open(token).entries]


def contents(store: Store, token: str):
    return [(each, store.figure(token, each.figure)) for each in store.open(token).entries]


def test_a_figure_comes_back_as_it_was(tmp_path: Path):
    store, token = Store(tmp_path), ""
    token = store.begin()
    name = store.add(token, Kept(curve(), ORIGIN, {"upload-ab": b"png"}), title="A curve")
    back = Store(tmp_path).figure(token, name)  # another process has nothing else
    assert back.provenance == ORIGIN
    assert back.pictures == {"upload-ab": b"png"}
    assert (back.drawing.caption, back.drawing.alt, back.drawing.units) == (
        curve().caption,
        curve().alt,
        curve().units,
    )
    assert back.drawing.numbers == curve().numbers
    for one, other in zip(curve().data.items(), back.drawing.data.items(), strict=True):
        assert one[0] == other[0]
        assert one[1].dtype == other[1].dtype
        np.testing.assert_array_equal(one[1], other[1])
    assert back.drawing.figure.to_plotly_json()["layout"] == curve().figure.to_plotly_json()["layout"]


def test_figures_are_reordered_renamed_annotated_and_removed(tmp_path: Path):
    store = Store(tmp_path)
    token = filled(store, "a", "b", "c")
    a, b, c = (each.figure for each in store.open(token).entries)
    store.change(token, lambda report: report.moved(c, -2))
    assert titles(store, token) == ["c", "a", "b"]
    store.change(token, lambda report: report.moved(c, -1).moved(b, 5))
    assert titles(store, token) == ["c", "a", "b"]
    store.change(token, lambda report: report.said(a, title="z", note="Look <here>.").without(b))
    assert [(each.title, each.note) for each in store.open(token).entries] == [
        ("c", ""),
        ("z", "Look <here>."),
    ]
    with pytest.raises(ExportError, match="no such figure"):
        store.figure(token, b)
    assert len(list(tmp_path.rglob("*.figure"))) == 2


def test_nobody_finds_another_report(tmp_path: Path):
    store = Store(tmp_path)
    mine, other = filled(store, "mine"), filled(store, "other")
    assert titles(store, mine) == ["mine"]
    figure = store.open(other).entries[0].figure
    with pytest.raises(ExportError, match="no such figure"):
        store.figure(mine, figure)
    names = " ".join(str(path) for path in tmp_path.rglob("*"))
    assert mine not in names
    assert len({store.begin() for _ in range(100)}) == 100


def test_two_visitors_at_a_time_keep_their_own(tmp_path: Path):
    store = Store(tmp_path)
    tokens = {visitor: store.begin() for visitor in "ab"}

    def collect(visitor: str) -> None:
        for at in range(5):
            name = store.add(tokens[visitor], Kept(curve(), ORIGIN), title=f"{visitor}{at}")
            store.change(tokens[visitor], partial(Report.said, figure=name, note=visitor))

    with ThreadPoolExecutor() as threads:
        list(threads.map(collect, tokens))
    for visitor, token in tokens.items():
        entries = store.open(token).entries
        assert [(each.title, each.note) for each in entries] == [
            (f"{visitor}{at}", visitor) for at in range(5)
        ]
        assert all(store.figure(token, each.figure).provenance == ORIGIN for each in entries)


def test_order_titles_and_notes_outlive_the_server(tmp_path: Path):
    store = Store(tmp_path)
    token = filled(store, "a", "b", "c")
    last = store.open(token).entries[-1].figure
    store.change(
        token, lambda report: report.moved(last, -2).said(last, title="É <c>", note="First\nsecond.")
    )
    before = store.open(token)
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from explorer.report import Store\n"
            "store = Store(Path(sys.argv[1])); report = store.open(sys.argv[2])\n"
            "shown = [store.figure(sys.argv[2], each.figure).drawing.alt for each in report.entries]\n"
            "store.change(sys.argv[2], lambda report: report.without(report.entries[1].figure))\n"
            "sys.stdout.buffer.write((report.as_json() + chr(10).join(['', *shown])).encode())",
            tmp_path,
            token,
        ],
        capture_output=True,
        check=True,
        cwd=ROOT,
    ).stdout.decode()
    text, *alts = said.split("\n")
    assert Report.from_json(text) == before
    assert alts == [curve().alt] * 3
    assert titles(Store(tmp_path), token) == ["É <c>", "b"]
    assert titles(store, token) == ["É <c>", "b"]  # nor does a server that stays remember what was


def test_a_report_s_life_begins_anew_whenever_it_is_opened(tmp_path: Path):
    store = Store(tmp_path, days=2)
    token, day = filled(store, "a"), 86_400
    for opened in (time.time() - 1.9 * day, time.time() - 1.9 * day):
        os.utime(store._file(token), (opened, opened))
        assert titles(store, token) == ["a"]
    opened = time.time() - 2.1 * day
    os.utime(store._file(token), (opened, opened))
    assert not store.has(token)
    with pytest.raises(ExportError, match="kept for 2 days"):
        store.open(token)
    with pytest.raises(ExportError, match="no such report"):
        store.change(token, lambda report: report)
    store.add(token, Kept(curve(), ORIGIN), title="b")
    assert titles(store, token) == ["b"]
    assert len(list(tmp_path.rglob("*.figure"))) == 1


@pytest.mark.parametrize(
    "token", ["", "../../etc/passwd", "a" * 22, "a" * 21 + "\n", "é" * 22, None, 5, "a" * 9999]
)
def test_a_wrong_link_is_one_sentence(tmp_path: Path, token):
    store = Store(tmp_path)
    filled(store, "a")
    assert not store.has(token)
    with pytest.raises(ExportError, match="no such report"):
        store.open(token)


def test_a_report_is_bounded(tmp_path: Path):
    store = Store(tmp_path / "few", figures=2)
    token = filled(store, "a", "b")
    with pytest.raises(ExportError, match="is full"):
        store.add(token, Kept(curve(), ORIGIN), title="c")
    assert titles(store, token) == ["a", "b"]
    small = Store(tmp_path / "small", report_bytes=100)
    with pytest.raises(ExportError, match="is full"):
        filled(small, "a")


def test_the_oldest_reports_are_forgotten(tmp_path: Path):
    store = Store(tmp_path, reports=3)
    tokens = []
    for at in range(3):
        tokens.append(filled(store, str(at)))
        opened = time.time() - 1000 + at
        os.utime(store._file(tokens[-1]), (opened, opened))
    store.open(tokens[0])  # looked at: now the youngest
    filled(store, "new")
    assert [store.has(token) for token in tokens] == [True, False, True]
    for token in (tokens[0], tokens[2]):
        os.utime(store._file(token), (0, 0))
    filled(store, "newer")
    assert [store.has(token) for token in tokens] == [False, False, False]
    held = Store(tmp_path / "bytes", max_bytes=1)
    first, second = filled(held, "a"), filled(held, "b")
    assert (held.has(first), held.has(second)) == (False, True)


def test_damaged_figures_are_said_so(tmp_path: Path):
    store = Store(tmp_path)
    token = filled(store, "a")
    next(tmp_path.rglob("*.figure")).write_bytes(b"PK nothing")
    with pytest.raises(ExportError, match="damaged"):
        store.figure(token, store.open(token).entries[0].figure)


@pytest.fixture
def two(tmp_path: Path):
    return of_figures(tmp_path / "store")


def of_figures(folder: Path):
    """A report of two figures and a mosaic."""
    store = Store(folder)
    token = filled(store, "First <b>title</b>", "Second")
    store.add(token, Kept(mosaic(), ORIGIN), title="A mosaic")
    store.change(
        token, lambda report: report.said(report.entries[0].figure, note="Note & <script>alert(1)</script>")
    )
    return contents(store, token)


def test_the_pdf_has_text_vectors_and_recipes(two):
    reader = pypdf.PdfReader(io.BytesIO(as_pdf("My report", two)))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for said in (
        "My report",
        "First <b>title</b>",
        "layer of the network",
        "Note & <script>",
        "Known colours.",
    ):
        assert said in text
    # The cells of the mosaic are a picture of 4 x 3 pixels; all else is vectors.
    assert [image.image.size for page in reader.pages for image in page.images] == [(4, 3)]
    assert reader.metadata is not None
    assert reader.metadata.title == "My report"
    assert reader.metadata["/explorer"].count('"explorer": 1') == 3
    assert abs(float(reader.pages[0].mediabox.width) - 595) < 2


def test_the_markdown_folder_shows_its_figures(two):
    with zipfile.ZipFile(io.BytesIO(as_markdown("My report", two))) as archive:
        text = archive.read("report/report.md").decode()
        assert r"1. First \<b\>title\</b\>" in text
        for name in archive.namelist():
            if name.endswith(".png"):
                assert name.removeprefix("report/") in text
                with Image.open(io.BytesIO(archive.read(name))) as image:
                    image.verify()
        assert sum(name.endswith(".png") for name in archive.namelist()) == 3


def test_the_script_of_the_zip_makes_its_figures_again(tmp_path: Path):
    upload = Picture.from_array(gallery.picture("coins").pixels[:120, :160].copy(), name="own.png")
    reference, written = f"upload-{upload.digest[:16]}", io.BytesIO()
    Image.fromarray(upload.pixels).save(written, "PNG")
    view = VIEWS["vision-transformer"]
    panel, raw = view.panel("attention"), {"picture": reference, "tab": "attention", "layer": 3}
    scope, _ = open_scope(
        view.controls, raw, lambda name: upload if name == reference else find_picture(name), device="cpu"
    )
    controls = read(view.controls, {**raw, **scope.chosen}, scope)
    drawing = view.draw(panel, controls, scope)
    kept = Kept(drawing, Provenance.of(view, panel, controls, scope), {reference: written.getvalue()})
    store = Store(tmp_path / "store")
    token = store.begin()
    store.add(token, kept, title="Attention")
    with zipfile.ZipFile(io.BytesIO(as_zip("R", contents(store, token)))) as archive:
        archive.extractall(tmp_path)
        names = {name.removeprefix("report/") for name in archive.namelist()}
    base = "01-vision-transformer-attention"
    assert {"report.html", "report.pdf", "report.md", "make_figures.sh", f"pictures/{reference}.png"} <= names
    assert {f"figures/{base}.{form}" for form in ("png", "svg", "pdf")} <= names
    assert f"data/{base}.csv" in names
    script = tmp_path / "report" / "make_figures.sh"
    assert "--pictures pictures" in script.read_text()
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        ["sh", script], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    with (
        np.load(tmp_path / "report" / "data" / f"{base}.npz") as first,
        np.load(tmp_path / "report" / "remade" / f"{base}.npz") as again,
    ):
        for name in drawing.data:
            assert first[name].tobytes() == drawing.data[name].tobytes()
            # Another process may share the work among threads otherwise.
            if first[name].dtype.kind == "f":
                np.testing.assert_allclose(again[name], first[name], atol=1e-4)
            else:
                np.testing.assert_array_equal(again[name], first[name])


def test_a_script_takes_no_words_from_a_hostile_recipe(tmp_path: Path):
    hostile = Provenance(view="v; rm -rf /", figure="$(reboot)", controls={})
    store = Store(tmp_path)
    token = store.begin()
    store.add(token, Kept(curve(), hostile), title="`x`")
    script = make_figures(contents(store, token))
    assert "reboot)" not in script
    assert "rm -rf" not in script


class Uncompared(str):
    """A token that may be hashed by a cryptographic function and matched against a pattern, but not compared: how long
    that takes depends on how many letters are right."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def _no(self, *other: object) -> bool:
        raise AssertionError("a token was compared")

    __eq__ = __ne__ = __lt__ = __gt__ = __contains__ = startswith = _no  # type: ignore[assignment]


def test_a_token_is_hashed_and_never_compared(tmp_path: Path):
    store = Store(tmp_path)
    token = Uncompared(filled(store, "a"))
    figure = store.add(token, Kept(curve(), ORIGIN), title="b")
    store.keep(token, "session.json", lambda before: b"{}")
    assert (store.has(token), store.kept(token, "session.json")) == (True, b"{}")
    assert store.figure(token, figure).provenance == ORIGIN
    assert [each.title for each in store.change(token, lambda report: report).entries] == ["a", "b"]
    assert not store.has(Uncompared("a" * 22))
    with pytest.raises(AssertionError, match="compared"):
        _ = token == "a" * 22
