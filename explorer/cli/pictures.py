"""Several pictures of one command: which they are, and what their files are called."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from explorer.errors import PictureError

__all__ = ["ENDINGS", "file_of", "references_of", "words_of"]

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
"""What the pictures of a folder are known by."""


def references_of(arguments: Sequence[str]) -> list[str]:
    """The pictures asked for: each as it was said, and for a folder the files in it, in the order of their names.

    Raises:
        PictureError: a folder holds none.
    """
    from explorer import gallery
    from explorer.scenes import is_scene

    references = []
    for argument in arguments:
        if argument in gallery.names() or is_scene(argument) or not os.path.isdir(argument):
            references.append(argument)
            continue
        inside = sorted(file for file in Path(argument).iterdir() if file.suffix.lower() in ENDINGS)
        if not inside:
            raise PictureError(f"{argument} holds no picture", why=f"looked for {', '.join(ENDINGS)}")
        references += map(str, inside)
    return references


def words_of(references: Sequence[str]) -> list[str]:
    """A word for each picture, no two alike, that may stand in a file's name."""
    words: list[str] = []
    for reference in references:
        word = stem = re.sub(r"[^\w.-]+", "-", Path(reference).stem)[:60]
        count = 1
        while word in words:
            count += 1
            word = f"{stem}-{count}"
        words.append(word)
    return words


def file_of(file: Path, word: str) -> Path:
    """`rollout.png` and `cat` make `rollout-cat.png`."""
    return file.with_name(f"{file.stem}-{word}{file.suffix}")
