"""Figures as slides: pictures at print resolution with alt text, captions, and links that reopen their views."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from PIL import Image

from explorer.export.drawing import Drawing
from explorer.formatting import quantity
from explorer.provenance import Provenance

__all__ = ["Slide", "as_pptx"]

WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.5
"""Inches of a slide."""
TITLE, CAPTION = 0.9, 1.1
"""Inches that the title above and the caption below take."""
RECIPES = '<?xml version="1.0" encoding="UTF-8"?>\n<recipes xmlns="urn:explorer">{}</recipes>'
CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"


@dataclass(frozen=True)
class Slide:
    """What stands on one slide."""

    title: str
    drawing: Drawing
    provenance: Provenance
    png: bytes
    """The figure without its caption, which is text here."""
    note: str = ""


def as_pptx(title: str, slides: Sequence[Slide], *, home: str) -> bytes:
    """A deck, one figure a slide, with its recipes inside as custom XML, which other programs keep.

    The links begin with `home`, the address of the app.
    """
    import pptx
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI
    from pptx.util import Inches

    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    deck.core_properties.title = title[:250]
    deck.core_properties.author = "Explorer"
    for slide in slides:
        _add(deck, slide, home)
    told = "[" + ", ".join(slide.provenance.as_json() for slide in slides) + "]"
    recipes = RECIPES.format(escape(told, quote=False)).encode()
    part = Part(PackURI("/customXml/item1.xml"), "application/xml", deck.part.package, recipes)
    deck.part.relate_to(part, CUSTOM)
    written = io.BytesIO()
    deck.save(written)
    return written.getvalue()


def _add(deck: object, slide: Slide, home: str) -> None:
    from pptx.util import Inches, Pt

    page = deck.slides.add_slide(deck.slide_layouts[5])  # type: ignore[attr-defined]  # title only
    heading = page.shapes.title
    heading.left, heading.top = Inches(MARGIN), Inches(0.15)
    heading.width, heading.height = Inches(WIDTH - 2 * MARGIN), Inches(TITLE - 0.15)
    heading.text_frame.text = slide.title
    heading.text_frame.paragraphs[0].font.size = Pt(28)
    wide, high = WIDTH - 2 * MARGIN, HEIGHT - TITLE - CAPTION - 0.2
    across, down = Image.open(io.BytesIO(slide.png)).size
    scale = min(wide / across, high / down)
    picture = page.shapes.add_picture(
        io.BytesIO(slide.png),
        Inches((WIDTH - across * scale) / 2),
        Inches(TITLE),
        Inches(across * scale),
        Inches(down * scale),
    )
    picture._element.nvPicPr.cNvPr.set("descr", slide.drawing.alt)
    box = page.shapes.add_textbox(
        Inches(MARGIN), Inches(HEIGHT - CAPTION), Inches(wide), Inches(CAPTION - 0.1)
    )
    box.text_frame.word_wrap = True
    caption = box.text_frame.paragraphs[0]
    run = caption.add_run()
    run.text = f"{slide.drawing.caption} "
    if slide.provenance.link:
        link = caption.add_run()
        link.text = "Open in Explorer"
        link.hyperlink.address = home.rstrip("/") + slide.provenance.link
    for each in caption.runs:
        each.font.size = Pt(12)
    numbers = [f"{label}: {quantity(value, unit)}" for label, (value, unit) in slide.drawing.numbers.items()]
    if note := "\n".join(filter(None, (slide.note, *numbers))):
        page.notes_slide.notes_text_frame.text = note
