"""Picture files for tests."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def noise(height, width, *, seed=0):
    """height x width x 3, uint8."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(array, kind, **options):
    """An array, or a Pillow image, as a file of that kind."""
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(width, height, *, depth, colour, rows, extra=b""):
    """A PNG written by hand: `rows` are the packed bytes of each row."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")
