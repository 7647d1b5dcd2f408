"""Pictures, and how a picture is shown to a model."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.decoding import MAX_BYTES, MAX_PIXELS, MAX_SIDE, check_bytes, check_pixels, decode, reduce
from explorer.errors import PictureError
from explorer.geometry import Frame

__all__ = ["GREY", "MAX_BYTES", "MAX_PIXELS", "MAX_SIDE", "Photo", "Picture", "render"]

GREY = (124, 116, 104)
"""What a letterbox is filled with: the mean colour of ImageNet, near zero after normalisation."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A photograph: RGB, upright, at most `MAX_SIDE` pixels a side."""

    pixels: np.ndarray
    """height x width x 3, uint8, read-only."""
    name: str
    digest: str
    """SHA-256 of shape and pixels, in hex: the same picture has the same digest, whatever its file."""
    notes: tuple[str, ...] = ()
    """What was changed on the way in, as sentences."""

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Picture) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str = "picture") -> Picture:
        """The picture in a file's bytes, whoever sent them.

        Raises:
            PictureError: empty, too large, damaged, or no picture of a kind that is read here.
        """
        image, notes = decode(data)
        return cls._of(image, name, notes)

    @classmethod
    def from_file(cls, path: str | Path) -> Picture:
        """The picture in a file.

        Raises:
            PictureError: as for `from_bytes`, or the file cannot be read.
        """
        path = Path(path)
        try:
            if path.exists() and not path.is_file():  # a device has no end, and a pipe may never begin
                raise PictureError(f"{path} is no picture", why="it is a folder or a device and no file")
            check_bytes(path.stat().st_size)
            data = path.read_bytes()
        except FileNotFoundError:
            raise PictureError(f"There is no file {path}") from None
        except (OSError, ValueError) as error:
            raise PictureError(
                f"{path} cannot be read", why=getattr(error, "strerror", None) or str(error)
            ) from error
        return cls.from_bytes(data, name=path.name)

    @classmethod
    def from_array(cls, pixels: np.ndarray, *, name: str = "picture") -> Picture:
        """The picture of an array, height x width x 3 or height x width (grey), uint8. It is copied.

        Raises:
            PictureError: the array is of another kind, or too large.
        """
        array = np.asarray(pixels)
        if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,)):
            raise PictureError(
                "The array is no picture",
                why=f"it is of type {array.dtype} and shape {array.shape}",
                do="give height × width × 3 of type uint8",
            )
        height, width = array.shape[:2]
        check_pixels(width, height)
        image = reduce(Image.fromarray(np.ascontiguousarray(array)))
        notes: tuple[str, ...] = ()
        if image.size != (width, height):
            notes = (
                f"It was reduced from {width:,} × {height:,} to {image.width:,} × {image.height:,} pixels.",
            )
        return cls._of(image, name, notes)

    @classmethod
    def _of(cls, image: Image.Image, name: str, notes: tuple[str, ...]) -> Picture:
        pixels = np.array(image.convert("RGB"), dtype=np.uint8)
        pixels.setflags(write=False)
        shape = "{}x{}x{} ".format(*pixels.shape).encode()
        return cls(pixels, _plain(name), hashlib.sha256(shape + pixels.tobytes()).hexdigest(), notes)


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture and how it was brought into a model's input: what maps over the input are drawn on."""

    picture: Picture
    frame: Frame


def render(picture: Picture, frame: Frame) -> np.ndarray:
    """What the model is shown: input_height x input_width x 3, uint8, antialiased (bicubic)."""
    if (picture.height, picture.width) != (frame.photo_height, frame.photo_width):
        raise ValueError(
            f"a frame for {frame.photo_height} x {frame.photo_width} pixels fits no other picture"
        )
    seen, inside = frame.seen, frame.inside
    top, left = round(inside.top), round(inside.left)
    height, width = max(1, round(inside.bottom) - top), max(1, round(inside.right) - left)
    part = Image.fromarray(picture.pixels).resize(
        (width, height), Image.Resampling.BICUBIC, box=(seen.left, seen.top, seen.right, seen.bottom)
    )
    shown = np.empty((frame.input_height, frame.input_width, 3), np.uint8)
    shown[:] = GREY
    shown[top : top + height, left : left + width] = np.asarray(part)
    return shown


def _plain(name: str) -> str:
    """A file's name without folders, control characters and needless length."""
    last = re.split(r"[/\\]", name)[-1]
    printable = " ".join("".join(letter if letter.isprintable() else " " for letter in last).split())
    return printable[:80].strip() or "picture"
