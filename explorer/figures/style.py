"""How every figure looks: two templates, the colours, and the sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio

__all__ = [
    "ACCENT",
    "COLOURS",
    "DIVERGING",
    "SEQUENTIAL",
    "TAKES_CLICKS",
    "UNSEEN",
    "ColourScale",
    "Theme",
    "blank",
    "colour_scale",
    "rgba",
    "styled",
    "theme_name",
    "themed",
]

Theme = Literal["light", "dark"]

FONT = "Inter, 'DejaVu Sans', Arial, sans-serif"
SEQUENTIAL = "Viridis"
"""For magnitudes: perceptually uniform, and readable by the colour-blind."""
DIVERGING = "RdBu_r"
"""For what has a sign; 0 in the middle."""
COLOURS = ("#2463ad", "#d1622b", "#2f8f6b", "#a5468f", "#8a6d1f", "#5b6b7d", "#c43d57", "#3b97b8")
"""For curves, told apart on a light and on a dark ground."""
ACCENT = "#ff3d7f"
"""For what the visitor chose, on top of a photograph."""
TAKES_CLICKS: dict[str, Any] = {
    "clickmode": "event+select",
    "dragmode": False,
    "hovermode": "closest",
    "hoverdistance": -1,
}
"""The layout of a figure in which a click anywhere chooses the nearest point."""
UNSEEN: dict[str, Any] = {"mode": "text", "showlegend": False}
"""Points that are hovered over and clicked but not drawn: texts without a letter. Of markers that are not to be seen Plotly
would draw one for each, which takes a third of the time of drawing eight maps of cells."""
SMALLEST = 1e-30
"""Where a logarithmic scale ends at the latest."""
GRID = "rgba(128, 136, 150, 0.28)"
INK = {"light": "#1d2433", "dark": "#e7ebf2"}


def _template(ink: str) -> go.layout.Template:
    axis = {
        "gridcolor": GRID,
        "linecolor": "rgba(128, 136, 150, 0.7)",
        "zeroline": False,
        "showline": True,
        "ticks": "outside",
        "tickcolor": "rgba(128, 136, 150, 0.7)",
        "automargin": True,
        "title": {"standoff": 8, "font": {"size": 13}},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": ink},
            "title": {"font": {"size": 15}, "x": 0.0, "xref": "paper", "y": 0.98, "yanchor": "top"},
            "paper_bgcolor": "rgba(0, 0, 0, 0)",
            "plot_bgcolor": "rgba(0, 0, 0, 0)",
            "colorway": COLOURS,
            "margin": {"l": 8, "r": 8, "t": 34, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {"font": {"family": FONT, "size": 12}},
            "legend": {
                "orientation": "h",
                "yanchor": "bottom",
                "y": 1.01,
                "x": 0,
                "title": {"font": {"size": 12}},
            },
            "annotationdefaults": {"font": {"size": 12}},
            "coloraxis": {"colorbar": {"outlinewidth": 0, "ticks": "outside", "tickcolor": GRID}},
        },
        data={"bar": [{"error_x": {"color": ink}, "error_y": {"color": ink}}]},
    )


pio.templates["explorer"] = _template(INK["light"])
pio.templates["explorer-dark"] = _template(INK["dark"])


def blank(*, height: int = 380, **layout: Any) -> go.Figure:
    """An empty figure in the house's style; it is as wide as its place."""
    return go.Figure(layout={"template": "explorer", "height": height, **layout})


def styled(figure: go.Figure, *, height: int) -> go.Figure:
    """The figure itself, in the house's style."""
    return figure.update_layout(template="explorer", height=height)


def themed(figure: go.Figure, theme: str) -> go.Figure:
    """The same figure for a light or a dark ground; the one given stays as it is."""
    return go.Figure(figure).update_layout(template=theme_name(theme))


def theme_name(theme: str) -> str:
    """The template for a light or a dark ground."""
    return "explorer-dark" if theme == "dark" else "explorer"


def rgba(colour: str, alpha: float) -> str:
    """A colour "#rrggbb" with transparency."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    # Plain digits: plotly knows no exponents in colours.
    return f"rgba({red}, {green}, {blue}, {f'{alpha:.6f}'.rstrip('0').rstrip('.')})"


@dataclass(frozen=True)
class ColourScale:
    """Which value has which colour: one for all the maps of a figure, so that they can be compared."""

    low: float
    high: float
    unit: str
    log: bool = False
    colours: str = SEQUENTIAL
    notes: tuple[str, ...] = field(default=())
    """What a reader must know: "clipped at …"."""

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """The values as the colour axis counts them."""
        if not self.log:
            return values
        return np.log10(np.maximum(values, self.low))

    def axis(self, **colour_bar: Any) -> dict[str, Any]:
        """A `coloraxis` of this scale, its colour bar below the figure."""
        title = ", ".join((self.unit, *self.notes))
        bar: dict[str, Any] = {
            "orientation": "h",
            "y": 0,
            "yanchor": "top",
            "yref": "paper",
            "ypad": 6,
            "thickness": 10,
            "len": 0.8,
            "title": {"text": title, "side": "top", "font": {"size": 12}},
            "tickfont": {"size": 11},
        }
        low, high = self.low, self.high
        if self.log:
            low, high = math.log10(low), math.log10(high)
            powers = list(range(math.ceil(low), math.floor(high) + 1))
            ticks = powers if len(powers) > 1 else [low, high]
            bar |= {"tickvals": ticks, "ticktext": [f"{10.0**tick:.3g}" for tick in ticks]}
        elif high <= 1e-3:
            bar["tickformat"] = ".1e"
        return {"cmin": low, "cmax": high, "colorscale": self.colours, "colorbar": bar | colour_bar}


def colour_scale(
    values: np.ndarray,
    *,
    unit: str,
    log: bool = False,
    clip: float = 100.0,
    low: float | None = 0.0,
    diverging: bool = False,
) -> ColourScale:
    """The scale for these values, all maps together.

    `clip` is the percentile where the colours end: with 99 the largest hundredth has one colour, and a few
    extreme tokens do not make all others dark. `low` is the value where they begin (None: the smallest). On
    a logarithmic scale they begin at the 1st percentile of what is above 0.
    """
    finite = np.asarray(values, float)
    finite = finite[np.isfinite(finite)]
    high = float(np.percentile(finite, clip)) if finite.size else 1.0
    notes = (f"clipped at {high:.3g}",) if finite.size and high < finite.max() else ()
    if diverging:
        high = float(np.percentile(np.abs(finite), clip)) if finite.size else 1.0
        high = high or 1.0
        return ColourScale(-high, high, unit, colours=DIVERGING, notes=notes)
    positive = finite[finite > 0]
    if log and positive.size:
        bottom = max(float(np.percentile(positive, 1)), SMALLEST)
        high = max(high, bottom * 1.01)
        return ColourScale(bottom, high, unit, log=True, notes=(*notes, "logarithmic"))
    bottom = float(finite.min()) if low is None and finite.size else low or 0.0
    return ColourScale(bottom, high if high > bottom else bottom + 1.0, unit, notes=notes)
