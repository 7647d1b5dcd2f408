"""A figure's file gives its recipe back, whatever its format; what comes from elsewhere is one sentence, and costs little."""

import dataclasses
import io
import json
import pickle
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer.errors import ExportError
from explorer.export import FORMATS, write
from explorer.export.reading import LARGEST_FILE, recipes_in
from explorer.report.document import as_deck, as_html, as_pdf
from tests.report.test_report import of_figures
from tests.test_export import ORIGIN, curve

RECIPE = ORIGIN.as_json()


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {form: write(curve(), ORIGIN, form) for form in FORMATS}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_its_recipe_back(files: dict[str, bytes], form: str):
    assert recipes_in(files[form]) == [ORIGIN]


def test_a_gif_of_another_program_keeps_the_comment():
    written = io.BytesIO()
    long = dataclasses.replace(ORIGIN, controls={"text": "x" * 3000})
    comment = f"explorer: {long.as_json()}".encode()
    Image.new("P", (9, 9)).save(written, "GIF", comment=comment)
    assert recipes_in(written.getvalue()) == [long]


def test_a_report_gives_all_its_recipes_in_their_order(tmp_path: Path):
    contents = of_figures(tmp_path)
    wanted = [saved.provenance for _, saved in contents]
    assert len(wanted) == 3
    for data in (as_html("R", contents), as_pdf("R", contents), as_deck("R", contents)):
        assert recipes_in(data) == wanted


@pytest.mark.parametrize("form", FORMATS)
def test_a_damaged_file_is_one_sentence_or_its_recipe(files: dict[str, bytes], form: str):
    @given(st.integers(0, len(files[form]) - 1), st.binary(max_size=40))
    @settings(max_examples=40, deadline=None)
    def harmed(at: int, other: bytes) -> None:
        for data in (files[form][:at], files[form][:at] + other + files[form][at + len(other) :]):
            try:
                found = recipes_in(data)
            except ExportError:
                continue
            assert len(found) == 1

    harmed()


def zipped(name: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        archive.writestr(name, data)
    return written.getvalue()


def array(header: str, body: bytes = b"") -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return zipped("explorer.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body)


class Evil:
    def __reduce__(self):
        return (Path("/tmp/explorer-was-here").touch, ())


def encrypted(data: bytes) -> bytes:
    """The archive with the flag of encryption, in both of its places."""
    at, whole = data.index(b"PK\x01\x02"), bytearray(data)
    whole[6] |= 1
    whole[at + 8] |= 1
    return bytes(whole)


def pickled() -> bytes:
    written = io.BytesIO()
    np.savez(written, explorer=np.array([Evil()], dtype=object), allow_pickle=True)
    return written.getvalue()


XXE = """<svg xmlns="http://www.w3.org/2000/svg"><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<metadata id="explorer">&e;</metadata></svg>"""
BOMB = b"\0" * (1 << 28)
FOREIGN = {
    "nothing": b"",
    "words": b"just words",
    "a photograph": b"\xff\xd8\xff\xe0" + b"\0" * 1000,
    "a foreign PNG": b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 13, b"IHDR") + b"\0" * 17,
    "a PNG of endless chunks": b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 0xFFFFFFFF, b"tEXt"),
    "another SVG": b"<svg></svg>",
    "an outside entity": XXE.encode(),
    "a web page": b"<!doctype html><p>explorer</p>",
    "a PDF without an end": b"%PDF-1.4 /explorer (" + b"\\(" * 100_000,
    "a pickle": pickle.dumps(Evil()),
    "a pickled array": pickled(),
    "an array as large as memory": array(
        "{'descr': '<U9', 'fortran_order': False, 'shape': (1000000000000,), }"
    ),
    "a text as large as memory": array("{'descr': '<U500000000', 'fortran_order': False, 'shape': (), }"),
    "code for a header": array("__import__('os').system('true')"),
    "an archive that unpacks to 256 MB": zipped("explorer.npy", BOMB),
    "a deck that unpacks to 256 MB": zipped("customXml/item1.xml", BOMB),
    "a method that cannot be bounded": zipped("explorer.npy", BOMB, zipfile.ZIP_BZIP2),
    "an encrypted archive": encrypted(zipped("explorer.npy", b"secret")),
    "a GIF's comment without an end": b"GIF89a\x21\xfe" + b"\xffexplorer: " * 10_000,
    "JSON without an end": b"[" * 200_000,
    "a recipe of another program": b'{"explorer": 2}',
    "no recipes": b"[]",
    "too many recipes": b"[" + b",".join([RECIPE.encode()] * 61) + b"]",
    "a number that is none": RECIPE.replace("0.5", "NaN").encode(),
    "too large": b"{" * (LARGEST_FILE + 1),
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=list(FOREIGN))
def test_a_foreign_or_hostile_file_is_one_sentence_and_little_memory(data: bytes):
    tracemalloc.start()
    try:
        with pytest.raises(ExportError) as error:
            recipes_in(data)
        assert tracemalloc.get_traced_memory()[1] < 48 << 20
    finally:
        tracemalloc.stop()
    assert "\n" not in str(error.value)
    assert "root:" not in str(error.value)
    assert not Path("/tmp/explorer-was-here").exists()


def test_a_recipe_that_lies_about_its_kinds_is_refused():
    for name, value in (("view", 3), ("controls", []), ("controls", {"a": {}}), ("models", {"a": None})):
        lying = json.loads(RECIPE) | {name: value}
        with pytest.raises(ExportError):
            recipes_in(json.dumps(lying).encode())
