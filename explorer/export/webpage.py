"""A figure as one HTML file that needs no network: plotly.js is inside."""

from __future__ import annotations

from html import escape

from explorer.export.drawing import Drawing
from explorer.export.layout import on_white

__all__ = ["as_html", "numbers_of", "plot_of"]

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="explorer" content="{recipe}">
<meta name="description" content="{caption}">
<title>{alt}</title>
<style>
body {{ margin: 0 auto; max-width: 75rem; padding: 1rem; background: white; color: #1a1a1a;
  font: 16px/1.5 Inter, "DejaVu Sans", Arial, sans-serif; }}
figure {{ margin: 0; }}
figcaption {{ margin: .5rem 0 1rem; }}
td, th {{ padding: .1rem 1.5rem .1rem 0; text-align: left; font-weight: normal; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }}
</style>
</head>
<body>
<figure>
<div role="img" aria-label="{alt}">{figure}</div>
<figcaption>{caption}</figcaption>
</figure>
{numbers}
<details><summary>What made this figure</summary><pre id="recipe">{readable}</pre></details>
</body>
</html>
"""


def as_html(drawing: Drawing, *, recipe: str, readable: str) -> bytes:
    """The interactive figure, its caption, its numbers and its recipe, which is also in a meta element."""
    return PAGE.format(
        figure=plot_of(drawing),
        recipe=escape(recipe),
        readable=escape(readable),
        caption=escape(drawing.caption),
        alt=escape(drawing.alt),
        numbers=numbers_of(drawing),
    ).encode()


def plot_of(drawing: Drawing, *, library: bool = True) -> str:
    """The interactive figure as an element; plotly.js is in it unless another of the page has brought it."""
    figure = on_white(drawing.figure)
    if not figure.layout.images or figure.layout.height is None or figure.layout.width is None:
        figure.update_layout(width=None, autosize=True)  # a grid alone keeps its shape
    return figure.to_html(
        full_html=False,
        include_plotlyjs=library,
        include_mathjax=False,
        config={"displaylogo": False, "responsive": True},
        default_height="500px" if figure.layout.height is None else f"{figure.layout.height}px",
    )


def numbers_of(drawing: Drawing) -> str:
    """The numbers under the figure as a table; nothing if it has none."""
    if not drawing.numbers:
        return ""
    rows = (
        f"<tr><th>{escape(label)}</th><td>{escape(_shown(value))} {escape(unit)}</td></tr>"
        for label, (value, unit) in drawing.numbers.items()
    )
    return f"<table>{''.join(rows)}</table>"


def _shown(value: float | int | str) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
