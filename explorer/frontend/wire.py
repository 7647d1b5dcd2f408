"""How things travel to the browser: a safetensors file whose metadata hold one JSON text that says what the arrays are.

The file has a name, by which the browser tells one from another.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from explorer.images import Picture

__all__ = ["described", "encoded", "name_of", "photograph"]

LONGEST = 1024
"""Pixels of the longer side of the photograph as it is sent."""


def encoded(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray], *, name: str = "") -> bytes:
    """The file; without a name it is named by what is in it."""
    from safetensors.numpy import save

    text = json.dumps(header)
    rows = {
        key: np.ascontiguousarray(array) for key, array in arrays.items()
    }  # safetensors writes memory as it lies
    if not name:
        digest = hashlib.sha256(text.encode())
        for array in rows.values():
            digest.update(array.tobytes())
        name = digest.hexdigest()
    return _in_order(save(rows, metadata={"header": text, "name": name}))


def name_of(buffer: bytes) -> str:
    """What tells one file from another; the browser reads it as well."""
    return str(_metadata(buffer)["name"])


def described(buffer: bytes) -> dict[str, Any]:
    """What a file says of its arrays."""
    return dict(json.loads(_metadata(buffer)["header"]))


def photograph(picture: Picture) -> np.ndarray:
    """The photograph as WebP, no larger than a screen shows it."""
    image = Image.fromarray(picture.pixels)
    scale = LONGEST / max(image.size)
    if scale < 1:
        size: Any = tuple(max(1, round(side * scale)) for side in image.size)
        image = image.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=88)
    return np.frombuffer(out.getvalue(), np.uint8)


def _in_order(buffer: bytes) -> bytes:
    """The same file with its header's keys in order: safetensors writes them in another one each time, and a file is told from
    another by its bytes, by who keeps it and by who compares."""
    length = int.from_bytes(buffer[:8], "little")
    header = json.dumps(json.loads(buffer[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header = header.ljust(-(-len(header) // 8) * 8)  # the arrays begin at a multiple of 8
    return len(header).to_bytes(8, "little") + header + buffer[8 + length :]


def _metadata(buffer: bytes) -> dict[str, str]:
    length = int.from_bytes(buffer[:8], "little")
    return dict(json.loads(buffer[8 : 8 + length])["__metadata__"])
