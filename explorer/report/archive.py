"""A report as a folder: Markdown with its pictures, or everything, with a script that makes the figures again."""

from __future__ import annotations

import io
import re
import shlex
import zipfile
from collections.abc import Mapping
from contextlib import suppress

from explorer.errors import ExportError
from explorer.export import PAPER, PaperStyle, write, write_many
from explorer.export.chromium import at_hand
from explorer.formatting import quantity
from explorer.report.document import Contents, as_html, as_pdf
from explorer.views import VIEWS

__all__ = ["as_markdown", "as_zip", "make_figures"]

SCRIPT = """#!/bin/sh
# Makes every figure of this report again, into the folder `remade`, with the command `explorer`.
set -eu
cd "$(dirname "$0")"
mkdir -p remade
"""


def as_markdown(title: str, contents: Contents, *, style: PaperStyle = PAPER) -> bytes:
    """A ZIP of report.md and its figures, PNG.

    Raises:
        ExportError: there is no Chromium to draw them.
    """
    bare = _bare(style)
    files: dict[str, bytes] = {"report.md": _markdown(title, contents).encode()}
    for name, (_, saved) in zip(_names(contents), contents, strict=True):
        files[f"figures/{name}.png"] = write(saved.drawing, saved.provenance, "png", style=bare)
    return _zipped(files)


def as_zip(title: str, contents: Contents, *, style: PaperStyle = PAPER) -> bytes:
    """A ZIP of everything: the report as HTML, PDF and Markdown, each figure as PNG, SVG and PDF, its data as
    NPZ and CSV, its recipe, the uploaded pictures, and `make_figures.sh`. Without Chromium what is drawn is left
    out: the script makes it where there is one.
    """
    files: dict[str, bytes] = {
        "report.html": as_html(title, contents),
        "report.md": _markdown(title, contents).encode(),
        "make_figures.sh": make_figures(contents, style=style).encode(),
    }
    drawn = ("png", "svg", "pdf") if at_hand() else ()
    if drawn:
        files["report.pdf"] = as_pdf(title, contents, style=style)
    for name, (_, saved) in zip(_names(contents), contents, strict=True):
        written = write_many(saved.drawing, saved.provenance, drawn, style=_bare(style))
        files |= {f"figures/{name}.{form}": data for form, data in zip(drawn, written, strict=True)}
        files[f"recipes/{name}.json"] = write(saved.drawing, saved.provenance, "json")
        files[f"data/{name}.npz"] = write(saved.drawing, saved.provenance, "npz")
        with suppress(ExportError):  # too much for a table, or none: the NPZ holds it
            files[f"data/{name}.csv"] = write(saved.drawing, saved.provenance, "csv")
        files |= {f"pictures/{reference}.png": data for reference, data in saved.pictures.items()}
    return _zipped(files)


def make_figures(contents: Contents, *, style: PaperStyle = PAPER) -> str:
    """A shell script that makes the figures again from the recipes beside it."""
    paper = [f"--paper {style.column}"] if style.width is None else [f"--width-mm {style.width:g}"]
    paper += [
        f"--font-size {style.font_size:g}",
        f"--dpi {style.dpi:g}",
        f"--colours {style.colours}",
        "--no-caption",
    ]
    lines = []
    for name, (_, saved) in zip(_names(contents), contents, strict=True):
        if saved.provenance.view not in VIEWS:
            lines.append(f"# {name}: of a sweep's rows, which `explorer sweep` makes again")
            continue
        uploads = ["--pictures pictures"] if saved.pictures else []
        out = " ".join(shlex.quote(f"remade/{name}.{form}") for form in ("png", "svg", "pdf", "npz"))
        recipe = f"--recipe {shlex.quote(f'recipes/{name}.json')}"
        lines.append(" ".join(["explorer figure", recipe, *uploads, *paper, "--out", out]))
    return SCRIPT + "\n".join(lines) + "\n"


def _bare(style: PaperStyle) -> PaperStyle:
    """The caption is text beside the figure."""
    return PaperStyle(
        column=style.column,
        width=style.width,
        font_size=style.font_size,
        dpi=style.dpi,
        caption=False,
        colours=style.colours,
    )


def _names(contents: Contents) -> list[str]:
    """01-view-figure, of letters and digits."""
    return [
        f"{at:02}-" + re.sub(r"[^a-z0-9]+", "-", f"{saved.provenance.view} {saved.provenance.figure}".lower())
        for at, (_, saved) in enumerate(contents, 1)
    ]


def _markdown(title: str, contents: Contents) -> str:
    parts = [f"# {_line(title)}"]
    for at, (name, (entry, saved)) in enumerate(zip(_names(contents), contents, strict=True), 1):
        parts += [
            f"## {at}. {_line(entry.title)}",
            f"![{_line(saved.drawing.alt)}](figures/{name}.png)",
            f"*{_line(saved.drawing.caption)}*",
        ]
        if entry.note:
            parts.append(entry.note)
        parts += [
            f"- {_line(label)}: {quantity(value, unit)}"
            for label, (value, unit) in saved.drawing.numbers.items()
        ]
    return "\n\n".join(parts) + "\n"


def _line(text: str) -> str:
    """The text on one line, its marks taken as they are."""
    return re.sub(r"([\\`*_\[\]<>#])", r"\\\1", " ".join(text.split()))


def _zipped(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(f"report/{name}", date_time=(2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            archive.writestr(entry, data)
    return written.getvalue()
