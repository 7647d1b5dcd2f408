"""A figure of the screen as a figure on paper."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from explorer.export.style import MILLIMETRES_PER_INCH, PaperStyle
from explorer.figures.photo import BAR_HEIGHT, WIDTH, fitting_height
from explorer.figures.style import INK, SEQUENTIAL, themed

if TYPE_CHECKING:
    from explorer.export.drawing import Drawing

__all__ = ["Sheet", "lay_out", "on_white"]

CSS_PER_INCH = 96
POINTS_PER_INCH = 72
TEXT_PIXELS = 12.0
"""Plotly's own size of text, where neither figure nor template says one."""
LINE = 1.35
"""Height of a line of text over its size."""
ASPECT = 0.5
"""Height over width where the figure says none."""
LABELS_HEIGHT = 50
"""Pixels for an axis' labels and title."""
FLATTEST = 0.75
"""The least part of its height that is kept on narrow paper."""


@dataclass(frozen=True)
class Sheet:
    """A figure ready to be drawn."""

    figure: dict[str, Any]
    width: int
    """Pixels in which it is laid out."""
    height: int
    ratio: float
    """CSS pixels on paper, 1/96 inch, for one pixel of the layout."""


def lay_out(drawing: Drawing, style: PaperStyle) -> Sheet:
    """The figure in the style's width and size of text, with its caption if that is asked for."""
    figure = on_white(drawing.figure)
    _recolour(figure, style.colours)
    text = _text_size(figure)
    ratio = style.font_size / POINTS_PER_INCH * CSS_PER_INCH / text
    paper = style.width_mm / MILLIMETRES_PER_INCH * CSS_PER_INCH
    if any(trace.type == "table" for trace in figure.data):
        ratio = min(ratio, paper / WIDTH)  # words do not go into narrower columns
    width = round(paper / ratio)
    height = _height(figure, width)
    if style.caption:
        height += _write_caption(figure, drawing.caption, width=width, height=height, text=text)
    # Buttons and sliders do nothing on paper, and of an animation its first frame is drawn.
    figure.update_layout(width=width, height=height, autosize=False, updatemenus=[], sliders=[])
    plain = figure.to_dict()
    plain.pop("frames", None)
    return Sheet(plain, width, height, ratio)


def on_white(figure: go.Figure) -> go.Figure:
    """A copy with dark ink on white, whatever the theme it was made for."""
    copy = themed(figure, "light")
    return copy.update_layout(paper_bgcolor="white", plot_bgcolor="white", font_color=INK["light"])


def _recolour(figure: go.Figure, colours: str) -> None:
    """The house's colour map of magnitudes becomes another, wherever it is used."""
    if colours == SEQUENTIAL.lower():
        return
    drawn = go.layout.Coloraxis(colorscale=SEQUENTIAL).colorscale
    for coloured in (*figure.select_coloraxes(), *figure.data):
        if "colorscale" in coloured and coloured.colorscale == drawn:
            coloured.colorscale = colours


def _text_size(figure: go.Figure) -> float:
    layout = figure.layout
    return float(layout.font.size or layout.template.layout.font.size or TEXT_PIXELS)


def _height(figure: go.Figure, width: int) -> int:
    """The figure's own shape. A height alone is meant for a screen: what is drawn shrinks on narrower paper,
    though less than its width; the margins, which hold text, do not.
    """
    own_width, own_height = figure.layout.width, figure.layout.height
    if own_height is not None and own_width is not None:
        return round(width * own_height / own_width)
    margins = _margin(figure, "t", 100) + _margin(figure, "b", 80)
    if own_height is None:
        return round(width * ASPECT + margins)
    height = round((own_height - margins) * min(1.0, max(FLATTEST, width / WIDTH)) + margins)
    return min(height, fitting_height(figure, width) or height)  # no gap under photographs


def _margin(figure: go.Figure, side: str, otherwise: float) -> float:
    own, template = figure.layout.margin[side], figure.layout.template.layout.margin[side]
    return next((float(margin) for margin in (own, template) if margin is not None), otherwise)


def _write_caption(figure: go.Figure, caption: str, *, width: int, height: int, text: float) -> int:
    """Write the caption, below a title if there is one, at the foot. Returns the pixels it takes."""
    margin = 8
    letters = max(20, int((width - 2 * margin) / (0.5 * text)))
    lines = [escape(line, quote=False) for line in textwrap.wrap(caption, letters)]
    title = figure.layout.title.text
    if title:
        lines.insert(0, f"<b>{title}</b>")
    tall = round(len(lines) * text * LINE) + 2 * margin
    # A title at the foot of the sheet: plotly keeps labels clear of titles, not of annotations, and only
    # where the margin is too small for both. But it then squeezes axes of one scale, photographs above all.
    squeezed = any(axis.scaleanchor for axis in figure.select_yaxes())
    figure.update_xaxes(automargin=True)
    figure.update_layout(
        margin_b=tall + _below(figure) if squeezed else margin,
        title={
            "text": "<br>".join(lines),
            "font": {"size": text, "color": INK["light"]},
            "automargin": not squeezed,
            "xref": "container",
            "x": 0,
            "xanchor": "left",
            "yref": "container",
            # Of several lines, plotly puts the first at "bottom" unless it makes the margin itself.
            "y": ((tall - margin) if squeezed else margin) / (height + tall),
            "yanchor": "top" if squeezed else "bottom",
            "pad": {"l": margin, "r": margin},
        },
    )
    return tall


def _below(figure: go.Figure) -> float:
    """Pixels that stand below the axes of a figure: labels and the colour bar."""
    labelled = any(axis.showticklabels is not False and axis.side != "top" for axis in figure.select_xaxes())
    bar = any(axis.colorbar.orientation == "h" for axis in figure.select_coloraxes())
    own = _margin(figure, "b", 80)
    return (max(own, LABELS_HEIGHT) if labelled else min(own, 8)) + (BAR_HEIGHT if bar else 0)
