"""A report as one HTML file, as a PDF printed from one, and as slides."""

from __future__ import annotations

import base64
import dataclasses
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from explorer.errors import ExportError
from explorer.export import PAPER, PaperStyle, write
from explorer.export.marks import mark_pdf
from explorer.export.slides import Slide, as_pptx
from explorer.export.webpage import HTML, numbers_of, plot_of
from explorer.report.kept import Entry, Kept
from explorer.settings import settings

__all__ = ["Contents", "as_deck", "as_html", "as_pdf", "recipes_of"]

Contents = Sequence[tuple[Entry, Kept]]
"""The figures of a report in their order."""
PATIENCE = 120
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="explorer" content="{{ recipes }}">
<title>{{ title }}</title>
<style>
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: white; color: #1a1a1a;
  font: 16px/1.5 Inter, "DejaVu Sans", Arial, sans-serif; }
section { margin: 0 0 2.5rem; break-inside: avoid; }
figure { margin: 0; }
figcaption { margin: .5rem 0; font-size: .9rem; color: #444; }
p { white-space: pre-line; }
td, th { padding: .1rem 1.5rem .1rem 0; text-align: left; font-weight: normal; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }
@page { size: A4; margin: 17mm; }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; } img { max-width: 100%; } }
</style>
</head>
<body>
<h1>{{ title }}</h1>
{% for section in sections %}<section>
<h2>{{ loop.index }}. {{ section.title }}</h2>
<figure>{{ section.figure }}<figcaption>{{ section.caption }}</figcaption></figure>
{% if section.note %}<p>{{ section.note }}</p>{% endif %}
{{ section.numbers }}
{% if section.recipe %}<details><summary>What made this figure</summary><pre>{{ section.recipe }}</pre></details>{% endif %}
</section>
{% endfor %}
</body>
</html>
"""
INTERACTIVE = '<div role="img" aria-label="{{ alt }}">{{ plot }}</div>'
PRINTED = '<img alt="{{ alt }}" src="data:image/svg+xml;base64,{{ svg }}">'


def as_html(title: str, contents: Contents) -> bytes:
    """One file without outside references: interactive figures, captions, notes, numbers and recipes."""
    sections = []
    for at, (entry, saved) in enumerate(contents):
        plot = plot_of(saved.drawing, library=at == 0)
        figure = HTML.from_string(INTERACTIVE).render(alt=saved.drawing.alt, plot=plot)
        sections.append(_section(entry, saved, figure, recipe=saved.provenance.as_json(indent=2)))
    return _page(title, contents, sections).encode()


def as_pdf(title: str, contents: Contents, *, style: PaperStyle = PAPER) -> bytes:
    """Sheets of A4 with vector figures. The caption stands below each as text, whatever the style says.

    Raises:
        ExportError: there is no Chromium, or it cannot print.
    """
    bare = dataclasses.replace(style, caption=False)
    sections = []
    for entry, saved in contents:
        drawn = base64.b64encode(write(saved.drawing, saved.provenance, "svg", style=bare)).decode()
        figure = HTML.from_string(PRINTED).render(alt=saved.drawing.alt, svg=drawn)
        sections.append(_section(entry, saved, figure))
    printed = _printed(_page(title, contents, sections))
    captions = " ".join(saved.drawing.caption for _, saved in contents)
    return mark_pdf(printed, recipe=recipes_of(contents), caption=captions, alt=title)


def as_deck(title: str, contents: Contents, *, style: PaperStyle = PAPER) -> bytes:
    """Slides (PPTX), one figure each, the note below a slide as its speaker's notes.

    Raises:
        ExportError: there is no Chromium to draw them.
    """
    bare = dataclasses.replace(style, caption=False)
    slides = [
        Slide(
            entry.title,
            saved.drawing,
            saved.provenance,
            write(saved.drawing, saved.provenance, "png", style=bare),
            entry.note,
        )
        for entry, saved in contents
    ]
    return as_pptx(title, slides, home=settings().url)


def recipes_of(contents: Contents) -> str:
    """The recipes as one JSON list, in ASCII on one line."""
    return "[" + ", ".join(saved.provenance.as_json() for _, saved in contents) + "]"


def _page(title: str, contents: Contents, sections: Sequence[Mapping[str, str]]) -> str:
    return HTML.from_string(PAGE).render(title=title, recipes=recipes_of(contents), sections=sections)


def _section(entry: Entry, saved: Kept, figure: str, *, recipe: str = "") -> Mapping[str, str]:
    return {
        "title": entry.title,
        "figure": Markup(figure),
        "caption": saved.drawing.caption,
        "note": entry.note,
        "numbers": numbers_of(saved.drawing),
        "recipe": recipe,
    }


def _printed(page: str) -> bytes:
    """The page as Chromium prints it. It is our own and holds no script, so that no sandbox is needed."""
    from choreographer.browsers.chromium import Chromium

    browser = Chromium.find_browser(skip_local=False)
    if browser is None:
        raise ExportError(
            "A PDF needs Chrome or Chromium, and this machine has none",
            do="install it with `apt install chromium` or `plotly_get_chrome`, or take HTML",
        )
    with tempfile.TemporaryDirectory() as place:
        source, out = Path(place) / "report.html", Path(place) / "report.pdf"
        source.write_text(page, encoding="utf-8")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        command += [f"--user-data-dir={place}/profile", f"--print-to-pdf={out}", source.as_uri()]
        try:
            subprocess.run(command, check=True, timeout=PATIENCE, capture_output=True)
            return out.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise ExportError("Chromium cannot print the report now", do="try again, or take HTML") from error
