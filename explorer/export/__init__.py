"""A drawing and its provenance to files for papers, hand-outs and other programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal, get_args

from explorer.errors import ExportError
from explorer.export.drawing import Drawing
from explorer.export.style import PAPER, PaperStyle
from explorer.provenance import Provenance
from explorer.settings import settings

__all__ = ["DRAWN", "FORMATS", "PAPER", "Drawing", "Format", "PaperStyle", "write", "write_many"]

Format = Literal["png", "svg", "pdf", "pptx", "html", "tex", "csv", "npz", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)
DRAWN = ("png", "svg", "pdf", "pptx")
"""The formats that Chromium draws."""


def write(
    drawing: Drawing, provenance: Provenance, format: str, *, style: PaperStyle = PAPER, title: str = ""
) -> bytes:
    """The drawing as a file. Its provenance is inside, whatever the format.

    png, svg, pdf and the picture of a pptx, a slide with that title, are drawn in `style`; html is for the screen; tex
    plots with pgfplots; csv and npz are the data; json the recipe.

    Raises:
        ExportError: there is no such format, the figure has no such form, or Chromium is missing.
    """
    if format not in FORMATS:
        raise ExportError(f"There is no format called {format!r}", do=f"choose among {', '.join(FORMATS)}")
    recipe = provenance.as_json()
    if format == "json":
        return provenance.as_json(indent=2).encode()
    if format in ("csv", "npz"):
        from explorer.export import tables

        return (tables.as_csv if format == "csv" else tables.as_npz)(drawing, recipe=recipe)
    if format == "tex":
        from explorer.export.latex import as_tex

        return as_tex(drawing, recipe=recipe, name=f"{provenance.view}-{provenance.figure}")
    if format == "pptx":
        from explorer.export.slides import Slide, as_pptx

        bare = dataclasses.replace(style, caption=False)
        png = _on_paper(drawing, recipe, "png", bare)
        title = title or provenance.figure.replace("-", " ").capitalize()
        return as_pptx(title, [Slide(title, drawing, provenance, png)], home=settings().url)
    if format == "html":
        from explorer.export.webpage import as_html

        return as_html(drawing, recipe=recipe, readable=provenance.as_json(indent=2))
    return _on_paper(drawing, recipe, format, style)


def write_many(
    drawing: Drawing,
    provenance: Provenance,
    formats: Sequence[str],
    *,
    style: PaperStyle = PAPER,
    title: str = "",
) -> list[bytes]:
    """The drawing in several formats, in their order, with one start of Chromium at most.

    Raises:
        ExportError: as for `write`, before anything is drawn if a format does not exist.
    """
    if unknown := [format for format in formats if format not in FORMATS]:
        raise ExportError(
            f"There is no format called {unknown[0]!r}", do=f"choose among {', '.join(FORMATS)}"
        )
    return [write(drawing, provenance, format, style=style, title=title) for format in formats]


def _on_paper(drawing: Drawing, recipe: str, format: str, style: PaperStyle) -> bytes:
    from explorer.export import marks
    from explorer.export.chromium import CHROMIUM
    from explorer.export.layout import lay_out

    sheet = lay_out(drawing, style)
    # A PNG is scaled to its pixels; SVG and PDF keep CSS pixels, of which there are 96 to the inch.
    scale = style.width_pixels / sheet.width if format == "png" else sheet.ratio
    drawn = CHROMIUM.draw(sheet, format, scale=scale)
    if format == "png":
        return marks.mark_png(drawn, recipe=recipe, caption=drawing.caption, width_mm=style.width_mm)
    if format == "pdf":
        return marks.mark_pdf(drawn, recipe=recipe, caption=drawing.caption, alt=drawing.alt)
    height_mm = style.width_mm * sheet.height / sheet.width
    return marks.mark_svg(
        drawn,
        recipe=recipe,
        caption=drawing.caption,
        alt=drawing.alt,
        width_mm=style.width_mm,
        height_mm=height_mm,
    )
