"""Provenance inside PNG, SVG and PDF files, where other programs keep and find such things."""

from __future__ import annotations

import io
import re
import struct
import zlib
from xml.sax.saxutils import escape

__all__ = ["mark_pdf", "mark_png", "mark_svg"]

KEYWORD = "explorer"
SOFTWARE = "Explorer"


def mark_png(data: bytes, *, recipe: str, caption: str, width_mm: float) -> bytes:
    """Text chunks, and the resolution that gives the picture its width on paper (chunk pHYs)."""
    start = 8 + 25  # the signature and IHDR, which is always first and of one length
    (width,) = struct.unpack(">I", data[16:20])
    per_metre = round(width / (width_mm / 1000))
    chunks = (
        _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
        _chunk(b"tEXt", KEYWORD.encode() + b"\0" + recipe.encode("ascii")),
        _chunk(b"tEXt", b"Software\0" + SOFTWARE.encode()),
        _chunk(b"iTXt", b"Description\0\0\0\0\0" + caption.encode()),
    )
    return data[:start] + b"".join(chunks) + data[start:]


def mark_svg(data: bytes, *, recipe: str, caption: str, alt: str, width_mm: float, height_mm: float) -> bytes:
    """Title, description and metadata elements, and the size in millimetres."""
    text = data.decode()
    opening = re.match(r"\s*<svg\b[^>]*>", text)
    if opening is None:
        raise ValueError("a drawn SVG begins with its svg element")
    head = opening.group()
    for side, size in (("width", width_mm), ("height", height_mm)):
        head = re.sub(rf'\s{side}="[^"]*"', f' {side}="{size:.3f}mm"', head, count=1)
    texts = (
        f"<title>{escape(alt)}</title><desc>{escape(caption)}</desc>"
        f'<metadata id="{KEYWORD}">{escape(recipe)}</metadata>'
    )
    return f'{head[:-1]} role="img">{texts}{text[opening.end() :]}'.encode()


def mark_pdf(data: bytes, *, recipe: str, caption: str, alt: str) -> bytes:
    """The document's information dictionary: title, subject and the recipe."""
    from pypdf import PdfWriter

    document, marked = PdfWriter(clone_from=io.BytesIO(data)), io.BytesIO()
    metadata = {"Title": alt, "Subject": caption, "Creator": SOFTWARE, "Producer": SOFTWARE, KEYWORD: recipe}
    document.metadata = {f"/{name}": text for name, text in metadata.items()}
    document.write(marked)
    return marked.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
