"""Errors that are sentences for the person at the page: what happened, why, and what to do."""

import re
from functools import partial

from explorer.formatting import LONGEST_QUOTE, shortened

__all__ = [
    "AnalysisError",
    "CheckpointError",
    "ControlError",
    "ExplorerError",
    "ExportError",
    "LessonError",
    "ModelError",
    "OutOfMemory",
    "PictureError",
    "UnsupportedModel",
    "WeightsNotFound",
]


LONG = re.compile(rf"'[^']{{{LONGEST_QUOTE},}}'|\"[^\"]{{{LONGEST_QUOTE},}}\"|\S{{{LONGEST_QUOTE},}}")
"""A quotation or a word that nobody reads to its end."""
LONGEST = 800
"""Characters of a phrase: some list all figures of a view."""


class ExplorerError(Exception):
    """Anything a visitor can cause. Raised low, shown once, high.

    `what` happened, `why` it did and what to `do` are phrases without a closing full stop.
    """

    def __init__(self, what: str, *, why: str = "", do: str = "") -> None:
        what, why, do = (_bearable(part) for part in (what, why, do))
        super().__init__(what, why, do)
        self.what, self.why, self.do = what, why, do

    def __reduce__(self) -> tuple[object, tuple[str]]:  # from another process
        return partial(type(self), why=self.why, do=self.do), (self.what,)

    def __str__(self) -> str:
        parts = (part.strip().rstrip(".").rstrip() for part in (self.what, self.why, self.do))
        return " ".join(f"{_opened(part)}." for part in parts if part)


def _bearable(part: str) -> str:
    """A phrase that repeats few of a stranger's characters, and none that cannot be printed: a quotation or a word of
    more than 80 loses its middle, and so does a phrase longer than any that is written here."""
    text = LONG.sub(lambda found: shortened(found[0]), part)
    return shortened(text, LONGEST)


def _opened(part: str) -> str:
    """A phrase as the beginning of a sentence; a file's or a layer's name stays as it is written."""
    return part[0].upper() + part[1:] if part.split()[0].isalpha() else part


class PictureError(ExplorerError):
    """The bytes are not a picture that can be used."""


class ModelError(ExplorerError):
    """A model cannot be used."""


class WeightsNotFound(ModelError):
    """The weights are not on this machine and cannot be fetched now."""


class UnsupportedModel(ModelError):
    """The model loads, but what was asked cannot be seen in it."""


class CheckpointError(ModelError):
    """A file of weights is damaged, foreign or not what its card says."""


class ControlError(ExplorerError):
    """A control was given a value it cannot have."""


class AnalysisError(ExplorerError):
    """The question makes no sense for this picture and model."""


class ExportError(ExplorerError):
    """A figure cannot be written in the form asked for."""


class OutOfMemory(ExplorerError):
    """The device has not enough memory for what was asked."""


class LessonError(ExplorerError):
    """A lesson's file is not as it must be."""
