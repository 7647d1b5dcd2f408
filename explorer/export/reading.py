"""The recipes inside files that this program wrote, and nothing else of those files.

Files come from anywhere. No XML is parsed, nothing is unpickled, no picture is decoded; of an archive one small member is
unpacked, as far as a recipe may be long.
"""

from __future__ import annotations

import html
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from explorer.errors import ExportError
from explorer.export.unpacking import array_in, read_member
from explorer.provenance import Provenance

__all__ = ["ENDINGS", "LARGEST_FILE", "recipes_in"]

ENDINGS = ("png", "svg", "pdf", "html", "npz", "pptx", "gif", "csv", "tex", "json")
LARGEST_FILE = 64 << 20
MOST = 60
"""Figures of a report."""
LONGEST = MOST << 13
"""Characters of all recipes of a file; one has about a thousand."""
SVG = re.compile(r'<metadata id="explorer">([^<]*)</metadata>')
HTML = re.compile(r'<meta name="explorer" content="([^"<>]*)">')
PPTX = re.compile(r"<recipes[^>]*>([^<]*)</recipes>")
COMMENT = re.compile(r"\A[#%] explorer: ([^\r\n]*)")
PDF_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)


def recipes_in(data: bytes) -> list[Provenance]:
    """What made the figures of a file: one recipe, or those of a whole report in their order.

    Raises:
        ExportError: this program has not written it, or it is damaged.
    """
    if len(data) > LARGEST_FILE:
        raise _foreign(f"it is larger than {LARGEST_FILE >> 20} MB")
    try:
        text = _reader(data)(data)
    except (ValueError, KeyError, IndexError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _foreign("it is damaged") from error
    except (struct.error, zipfile.BadZipFile, zlib.error) as error:
        raise _foreign("it is damaged") from error
    if not text:
        raise _foreign("no recipe is in it")
    if len(text) > LONGEST:
        raise _foreign("its recipe is too long")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _foreign("its recipe is damaged") from error
    several = told if isinstance(told, list) else [told]
    if not 0 < len(several) <= MOST:
        raise _foreign(f"it has {len(several)} recipes")
    return [Provenance.from_json(json.dumps(each)) for each in several]


def _reader(data: bytes) -> Callable[[bytes], str]:
    """What reads a file that begins so: names may lie."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _in_png
    if data.startswith(b"%PDF-"):
        return _in_pdf
    if data.startswith(b"PK"):
        return _in_zip
    if data.startswith(b"GIF8"):
        return _in_gif
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<svg"):
        return partial(_found, SVG)
    if start.startswith(b"<!doctype html"):
        return partial(_found, HTML)
    if start.startswith((b"# explorer", b"% explorer")):
        return lambda text: _match(COMMENT, text.decode())
    if start.startswith((b"{", b"[")):
        return lambda text: text.decode()
    return lambda _: ""


def _in_png(data: bytes) -> str:
    at = 8
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if kind == b"tEXt" and body.startswith(b"explorer\0"):
            return body[9:].decode("ascii")
        if kind == b"IEND":
            break
        at += 12 + length
    return ""


def _in_pdf(data: bytes) -> str:
    """The string at the name /explorer, which stands in the file as it is: its parentheses are escaped."""
    start = re.search(rb"/explorer\s*\(", data)
    if start is None:
        return ""
    end = re.compile(rb"(?:[^\\)]|\\.)*", re.DOTALL).match(data, start.end(), start.end() + 4 * LONGEST)
    if end is None:
        return ""
    return PDF_ESCAPE.sub(_unescaped, end.group()).decode("ascii")


def _unescaped(match: re.Match[bytes]) -> bytes:
    sign = match.group(1)
    if sign.isdigit():
        return bytes([int(sign, 8) & 255])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}.get(sign, sign)


def _in_gif(data: bytes) -> str:
    """The comment that begins as ours: blocks of up to 255 bytes, each behind its length."""
    for mark in re.finditer(rb"\x21\xfe", data[: 2 * LONGEST]):
        blocks: list[bytes] = []
        at = mark.end()
        while at < len(data) and data[at] and len(blocks) <= LONGEST // 255:
            blocks.append(data[at + 1 : at + 1 + data[at]])
            at += 1 + data[at]
        comment = b"".join(blocks)
        if comment.startswith(b"explorer: "):
            return comment[10:].decode("ascii")
    return ""


def _in_zip(data: bytes) -> str:
    """The recipe of an NPZ, or of a PPTX."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        if "explorer.npy" in names:
            return _text_of_array(_member(archive, "explorer.npy"))
        for name in _custom(names):
            if told := _found(PPTX, _member(archive, name)):
                return told
    return ""


def _custom(names: list[str]) -> Iterator[str]:
    return (name for name in names[:10_000] if re.fullmatch(r"customXml/item\d{1,3}\.xml", name))


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    return read_member(archive, archive.getinfo(name), 4 * LONGEST + 1024)


def _text_of_array(data: bytes) -> str:
    """The text of a NumPy array of one text."""
    shape, dtype, content = array_in(data)
    if shape != () or dtype.kind != "U" or dtype.itemsize > 4 * LONGEST:
        raise ValueError("no text")
    order = "utf-32-le" if dtype.byteorder in "<=" else "utf-32-be"
    return content[: dtype.itemsize].decode(order).rstrip("\0")


def _found(pattern: re.Pattern[str], data: bytes) -> str:
    return html.unescape(_match(pattern, data.decode("utf-8"), anywhere=True))


def _match(pattern: re.Pattern[str], text: str, *, anywhere: bool = False) -> str:
    found = pattern.search(text) if anywhere else pattern.match(text)
    return found.group(1) if found else ""


def _foreign(why: str) -> ExportError:
    return ExportError(
        "This file is no figure that Explorer wrote",
        why=why,
        do=f"choose one of its exports ({', '.join(ending.upper() for ending in ENDINGS)})",
    )
