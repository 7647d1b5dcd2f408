"""A figure as one HTML file that needs no network: plotly.js is inside."""

from __future__ import annotations

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from explorer.export.drawing import Drawing
from explorer.export.layout import on_white
from explorer.formatting import quantity

__all__ = ["HTML", "as_html", "numbers_of", "plot_of"]

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="explorer" content="{{ recipe }}">
<meta name="description" content="{{ caption }}">
<title>{{ alt }}</title>
<style>
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: white; color: #1a1a1a;
  font: 16px/1.5 Inter, "DejaVu Sans", Arial, sans-serif; }
figure { margin: 0; }
figcaption { margin: .5rem 0 1rem; }
td, th { padding: .1rem 1.5rem .1rem 0; text-align: left; font-weight: normal; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }
</style>
</head>
<body>
<figure>
<div role="img" aria-label="{{ alt }}">{{ figure }}</div>
<figcaption>{{ caption }}</figcaption>
</figure>
{{ numbers }}
<details><summary>What made this figure</summary><pre id="recipe">{{ readable }}</pre></details>
</body>
</html>
"""
NUMBERS = """{% if numbers %}<table>
{%- for label, number in numbers.items() %}<tr><th>{{ label }}</th><td>{{ number }}</td></tr>
{%- endfor %}</table>{% endif %}"""
HTML = Environment(autoescape=True, undefined=StrictUndefined)
"""Whatever is put into a template is text, unless it is marked as HTML of our own."""


def as_html(drawing: Drawing, *, recipe: str, readable: str) -> bytes:
    """The interactive figure, its caption, its numbers and its recipe, which is also in a meta element."""
    page = HTML.from_string(PAGE).render(
        figure=plot_of(drawing),
        recipe=recipe,
        readable=readable,
        caption=drawing.caption,
        alt=drawing.alt,
        numbers=numbers_of(drawing),
    )
    return page.encode()


def plot_of(drawing: Drawing, *, library: bool = True) -> Markup:
    """The interactive figure as an element; plotly.js is in it unless another of the page has brought it."""
    figure = on_white(drawing.figure)
    if not figure.layout.images or figure.layout.height is None or figure.layout.width is None:
        figure.update_layout(width=None, autosize=True)  # a grid alone keeps its shape
    element = figure.to_html(
        full_html=False,
        include_plotlyjs=library,
        include_mathjax=False,
        config={"displaylogo": False, "responsive": True},
        default_height="500px" if figure.layout.height is None else f"{figure.layout.height}px",
    )
    return Markup(element)


def numbers_of(drawing: Drawing) -> Markup:
    """The numbers under the figure as a table; nothing if it has none."""
    shown = {label: quantity(value, unit) for label, (value, unit) in drawing.numbers.items()}
    return Markup(HTML.from_string(NUMBERS).render(numbers=shown))
