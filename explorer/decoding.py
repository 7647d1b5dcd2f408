"""A picture file's bytes, whoever sent them, to upright RGB of bounded size."""

from __future__ import annotations

import io
import threading
import warnings
from contextlib import suppress

import numpy as np
from PIL import Image, UnidentifiedImageError

from explorer.errors import PictureError
from explorer.signatures import READ_HERE, kind_of, refusal_of
from explorer.tiff import first_page

__all__ = ["MAX_BYTES", "MAX_PIXELS", "MAX_SIDE", "check_bytes", "check_pixels", "decode", "reduce"]

MAX_BYTES = 20 << 20
"""The largest file that is read."""
MAX_PIXELS = 50_000_000
"""The most pixels that are decoded; known from the header, before anything is decoded."""
MAX_SIDE = 2048
"""A longer picture is reduced to this many pixels a side."""
MAX_SCANS = 200
"""A progressive JPEG has about ten; each costs a pass over every block, so thousands are an attack."""
MAX_PIECES = 20_000
"""The most strips or tiles of a TIFF: a picture of 50 megapixels has fewer than 3,000 of the usual size."""

_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation of the EXIF standard."""
_EIGHT_BITS = np.round(np.arange(1 << 16) / 257).astype(np.uint8)
"""Each 16-bit value as 8 bits: 65,535 becomes 255."""

_decoding = threading.Lock()
"""One picture at a time: memory stays bounded however many visitors upload at once."""


def decode(data: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    """An upright RGB image of at most MAX_SIDE, and what was changed on the way, as sentences.

    Raises:
        PictureError: empty, too large, damaged, or no picture of a kind that is read here.
    """
    check_bytes(len(data))
    if refusal := refusal_of(data):
        raise refusal
    kind = kind_of(data)
    try:
        with _decoding, warnings.catch_warnings():
            # What Pillow finds odd about a stranger's file is no news to the server's log.
            warnings.filterwarnings("ignore", module="PIL")
            return _decode(data)
    except PictureError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise _too_many_pixels("") from error
    except UnidentifiedImageError as error:
        raise PictureError(
            f"The file begins like a {kind}, but its header makes no sense",
            why=f"it is damaged or none of {READ_HERE}",
            do="save it again or choose another file",
        ) from error
    except Exception as error:  # a damaged file lets any kind of error through Pillow's decoders
        cut = "truncated" in str(error).lower() or isinstance(error, EOFError)
        raise PictureError(
            f"The {kind} file is cut short" if cut else f"The {kind} file is damaged",
            why="part of the picture is missing" if cut else "its data contradict each other",
            do="send it again or save it anew",
        ) from error


def check_bytes(count: int) -> None:
    """Raises:
    PictureError: a file of so many bytes is empty or too large.
    """
    if count == 0:
        raise PictureError("The file is empty", do="send it again or choose another")
    if count > MAX_BYTES:
        raise PictureError(
            "The file is too large",
            why=f"it has {count / (1 << 20):,.1f} MB and at most {MAX_BYTES >> 20} MB are read",
            do="save the picture smaller",
        )


def check_pixels(width: int, height: int) -> None:
    """Raises:
    PictureError: there are none, or too many to decode.
    """
    if width < 1 or height < 1:
        raise PictureError("The picture has no pixels", do="choose another")
    if width * height > MAX_PIXELS:
        raise _too_many_pixels(f"it has {width:,} × {height:,} pixels and ")


def reduce(image: Image.Image, size: tuple[int, int] | None = None) -> Image.Image:
    """The image at most MAX_SIDE a side, each pixel the mean of those it replaces.

    `size` (width, height) is the picture's own, where a decoder has reduced it already.
    """
    width, height = size or image.size
    scale = MAX_SIDE / max(width, height)
    if scale >= 1:
        return image
    target = max(1, round(width * scale)), max(1, round(height * scale))
    return image if image.size == target else image.resize(target, Image.Resampling.BOX)


def _too_many_pixels(have: str) -> PictureError:
    return PictureError(
        "The picture is too large",
        why=f"{have}at most {MAX_PIXELS // 1_000_000} megapixels are read",
        do="save it smaller",
    )


def _decode(data: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    notes = []
    if kind_of(data) == "TIFF":
        _check_tiff(data)
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        size = image.size
        check_pixels(*size)
        if image.format in ("JPEG", "MPO"):
            _prepare_jpeg(image, data)
        image.load()
        if image.format == "TIFF":
            size = image.size  # Pillow turns a TIFF upright while loading it
        flat, flat_notes = _flat(image, size)
        notes += flat_notes
        turn = _turn(image)
        if turn is not None:
            flat = flat.transpose(turn)
        if max(size) > MAX_SIDE:
            across, down = size if turn is None or _orientation(image) < 5 else size[::-1]
            notes.append(
                f"It was reduced from {across:,} × {down:,} to {flat.width:,} × {flat.height:,} pixels."
            )
        # Asked last, for it moves to another frame, which may be damaged where the first is not.
        with suppress(Exception):
            if image.format == "TIFF":
                # Pillow would walk through all pages to say so, and a file can have millions.
                if first_page(data).more:
                    notes.append("It has several pages; only the first picture is shown.")
            elif image.format != "MPO" and getattr(image, "is_animated", False):
                notes.append("It is animated; only the first picture is shown.")
    return flat, tuple(notes)


def _check_tiff(data: bytes) -> None:
    page = first_page(data)
    if page.pieces > MAX_PIECES or page.entries > 4 * MAX_PIECES:
        raise PictureError(
            "This TIFF has too many tiles",
            why=f"it is cut into {page.pieces:,} pieces and at most {MAX_PIECES:,} are read",
            do="save it anew as PNG",
        )


def _prepare_jpeg(image: Image.Image, data: bytes) -> None:
    if data.count(b"\xff\xda") > MAX_SCANS:
        raise PictureError(
            "This JPEG has too many scans",
            why=f"it has more than {MAX_SCANS}",
            do="save it anew as a plain JPEG",
        )
    scale = MAX_SIDE / max(image.size)
    if scale < 1:
        image.draft(None, (max(1, round(image.width * scale)), max(1, round(image.height * scale))))


def _orientation(image: Image.Image) -> int:
    """The orientation of the EXIF standard, 1 (upright) if there is none or it makes no sense."""
    with suppress(Exception):
        return int(image.getexif().get(0x0112, 1))
    return 1


def _turn(image: Image.Image) -> Image.Transpose | None:
    return _TURNS.get(_orientation(image))


def _flat(image: Image.Image, size: tuple[int, int]) -> tuple[Image.Image, list[str]]:
    """Any of Pillow's pixel forms as RGB of bounded size, and what was said about it."""
    mode = image.mode
    if mode.startswith("I;16"):
        return reduce(Image.fromarray(_EIGHT_BITS[np.asarray(image)]), size).convert("RGB"), []
    if mode in ("I", "F"):
        grey, notes = _stretched(np.array(image))
        return reduce(Image.fromarray(grey), size).convert("RGB"), notes
    if image.has_transparency_data:
        return _on_white(reduce(image if mode == "RGBA" else image.convert("RGBA"), size))
    if mode == "CMYK":
        notes = ["Its printing colours (CMYK) were turned into RGB without a colour profile."]
        return reduce(image, size).convert("RGB"), notes
    if mode == "LAB":
        raise PictureError("Pictures in LAB colours are not read here", do="save it in RGB")
    return reduce(image if mode in ("L", "RGB") else image.convert("RGB"), size).convert("RGB"), []


def _stretched(values: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Whole or real numbers of any range as 8-bit grey."""
    notes = []
    if values.dtype.kind == "f":
        missing = ~np.isfinite(values)
        if missing.any():
            values[missing] = 0
            notes.append("Values that are no finite number were set to 0.")
    lowest, highest = float(values.min()), float(values.max())
    full = 1.0 if values.dtype.kind == "f" else 65535.0
    if lowest >= 0 and highest <= full:
        lowest, highest = 0.0, full
    else:
        notes.append(f"Its values, from {lowest:g} to {highest:g}, were stretched from black to white.")
    span = highest - lowest or 1.0
    # In float64 a row at a time: the difference of two extreme float32 values overflows.
    grey = np.empty(values.shape, np.uint8)
    for row, line in enumerate(values):
        grey[row] = np.round((line.astype(np.float64) - lowest) / span * 255)
    return grey, notes


def _on_white(image: Image.Image) -> tuple[Image.Image, list[str]]:
    lowest, _ = image.getchannel("A").getextrema()
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    notes = [] if lowest == 255 else ["Its transparent parts are shown on white."]
    return white.convert("RGB"), notes
