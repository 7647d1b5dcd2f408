"""A figure as a report keeps it, and its form on disk."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.errors import ExportError
from explorer.export.drawing import Drawing
from explorer.provenance import Provenance

__all__ = ["LONGEST_NOTE", "LONGEST_TITLE", "Entry", "Kept", "Report", "pack", "unpack"]

LONGEST_TITLE, LONGEST_NOTE = 200, 5000


@dataclass(frozen=True, eq=False)
class Kept:
    """A drawing with what made it. It is kept as it was seen: nothing is computed again to show it."""

    drawing: Drawing
    provenance: Provenance
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """Uploaded pictures that it was drawn from, PNG, by their reference."""


@dataclass(frozen=True)
class Entry:
    """A figure's place in a report."""

    figure: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class Report:
    """What a report says, in its order; the figures themselves lie beside it."""

    title: str = "Report"
    entries: tuple[Entry, ...] = ()

    def as_json(self) -> str:
        return json.dumps(
            {
                "title": self.title[:LONGEST_TITLE],
                "entries": [
                    [entry.figure, entry.title[:LONGEST_TITLE], entry.note[:LONGEST_NOTE]]
                    for entry in self.entries
                ],
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Report:
        fields = json.loads(text)
        return cls(fields["title"], tuple(Entry(*entry) for entry in fields["entries"]))

    def moved(self, figure: str, by: int) -> Report:
        """The figure `by` places further down; up if that is negative."""
        entries = list(self.entries)
        at = next((at for at, entry in enumerate(entries) if entry.figure == figure), None)
        if at is None:
            return self
        one = entries.pop(at)
        entries.insert(max(0, at + by), one)
        return Report(self.title, tuple(entries))

    def without(self, figure: str) -> Report:
        """The report without that figure."""
        return Report(self.title, tuple(entry for entry in self.entries if entry.figure != figure))

    def said(self, figure: str, *, title: str | None = None, note: str | None = None) -> Report:
        """The report with another title or note for that figure."""
        return Report(
            self.title,
            tuple(
                entry
                if entry.figure != figure
                else Entry(
                    figure, entry.title if title is None else title, entry.note if note is None else note
                )
                for entry in self.entries
            ),
        )


def pack(saved: Kept) -> bytes:
    """The figure as one archive; nothing in it is pickled."""
    drawing, written, arrays = saved.drawing, io.BytesIO(), io.BytesIO()
    fields = {
        "caption": drawing.caption,
        "alt": drawing.alt,
        "units": dict(drawing.units),
        "numbers": {label: list(number) for label, number in drawing.numbers.items()},
        "names": list(drawing.data),
    }
    np.savez(arrays, **{str(at): array for at, array in enumerate(drawing.data.values())})  # type: ignore[arg-type]
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("drawing.json", json.dumps(fields, default=_plain))
        archive.writestr("recipe.json", saved.provenance.as_json())
        archive.writestr("figure.json", drawing.json)
        archive.writestr("data.npz", arrays.getvalue())
        for reference, data in saved.pictures.items():
            archive.writestr(f"pictures/{reference}.png", data)
    return written.getvalue()


def unpack(data: bytes) -> Kept:
    """The figure of such an archive.

    Raises:
        ExportError: it is damaged.
    """
    import plotly.io

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            fields = json.loads(archive.read("drawing.json"))
            with np.load(io.BytesIO(archive.read("data.npz")), allow_pickle=False) as arrays:
                values = {name: arrays[str(at)] for at, name in enumerate(fields["names"])}
            drawing = Drawing.of(
                figure=plotly.io.from_json(archive.read("figure.json").decode(), skip_invalid=True),
                data=values,
                units=fields["units"],
                caption=fields["caption"],
                alt=fields["alt"],
                numbers={label: (value, unit) for label, (value, unit) in fields["numbers"].items()},
            )
            pictures = {
                name.removeprefix("pictures/").removesuffix(".png"): archive.read(name)
                for name in archive.namelist()
                if name.startswith("pictures/")
            }
            return Kept(drawing, Provenance.from_json(archive.read("recipe.json")), pictures)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ExportError("A figure of this report is damaged", do="remove it and add it again") from error


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
