"""What a file says it is in its first bytes, and what to tell someone who sent another kind."""

from __future__ import annotations

from explorer.errors import PictureError

__all__ = ["READ_HERE", "kind_of", "refusal_of"]

READ_HERE = "JPEG, PNG, WebP, TIFF, GIF or BMP"

_PICTURES = (
    ("JPEG", b"\xff\xd8\xff"),
    ("PNG", b"\x89PNG\r\n\x1a\n"),
    ("TIFF", b"II*\0"),
    ("TIFF", b"MM\0*"),
    ("TIFF", b"II+\0"),
    ("TIFF", b"MM\0+"),
    ("GIF", b"GIF87a"),
    ("GIF", b"GIF89a"),
    ("BMP", b"BM"),
)
_HEIF = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
_OTHERS = (
    (b"8BPS", "a Photoshop file"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%!PS", "a PostScript drawing"),
)


def kind_of(data: bytes) -> str:
    """The kind of picture a file begins as, "" if it begins as none that is read here."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    return next((kind for kind, start in _PICTURES if data.startswith(start)), "")


def refusal_of(data: bytes) -> PictureError | None:
    """The error for a file that is plainly of a kind not read here; None if it may be a picture."""
    if kind_of(data):
        return None
    as_png = "save or export it as PNG"
    if data[:5] == b"%PDF-":
        return PictureError(
            "A PDF is a document, not a picture", do="export its page as PNG or take a screenshot"
        )
    if data[4:8] == b"ftyp":
        if data[8:12] in _HEIF:
            return PictureError(
                "HEIC pictures are not read here", do="save it as JPEG, or share it as “most compatible”"
            )
        if data[8:12] in (b"avif", b"avis"):
            return PictureError("AVIF pictures are not read here", do="save it as JPEG or PNG")
        return PictureError("This is a film, not a picture", do="save one of its frames as PNG")
    if _is_svg(data):
        return PictureError("SVG is a drawing, not a photograph", do=f"{as_png} and choose that")
    for start, what in _OTHERS:
        if data.startswith(start):
            return PictureError(f"This is {what}", why=f"pictures are read as {READ_HERE}", do=as_png)
    return PictureError(
        "This is not a picture", why=f"the file is none of {READ_HERE}", do="choose another file"
    )


def _is_svg(data: bytes) -> bool:
    """Whether text that begins with a tag has an svg element near its beginning, in whatever encoding."""
    head = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return head.startswith(b"<") and b"<svg" in head
