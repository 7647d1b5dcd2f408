"""Photographs as the ground of a figure, one or several side by side, in photograph coordinates.

x is the column and y the row, in photograph pixels from the top-left corner; y points down. Without a
photograph the coordinates are those of the model's input.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image

import explorer.figures.style  # noqa: F401  (registers the template)
from explorer.figures import plot
from explorer.geometry import Box, Frame, Grid
from explorer.images import Picture

__all__ = [
    "add_shapes",
    "data_uri",
    "fitting_height",
    "frame_of",
    "panel_grid",
    "panel_title",
    "photo_figure",
    "photo_grid",
    "picture_axes",
    "place_picture",
    "rectangle",
    "spans",
]

LARGEST = 1024
"""Pixels of the longer side of a drawn photograph: more would only make the page heavy."""
WIDTH = 760
"""Pixels a figure is taken to be wide when its height is chosen."""
TITLE_HEIGHT = 26
"""Pixels for the title above a panel."""
BAR_HEIGHT = 60
"""Pixels for the colour bar below the panels."""
GAP_ACROSS = 0.012
"""Between two panels, as a part of the figure's width."""
Span = tuple[float, float]


def frame_of(grid: Grid, frame: Frame | None) -> Frame:
    """The frame given, or without a photograph the model's input as its own."""
    return frame or Frame.fit((grid.height, grid.width), (grid.height, grid.width), how="squash")


def data_uri(pixels: np.ndarray, *, largest: int = LARGEST, grey: bool = False, exact: bool = False) -> str:
    """uint8 pixels, height x width x 3 or 4, as an image in a string. `exact` keeps every pixel's value."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if grey:
        image = image.convert("L")
    if max(image.size) > largest:
        ratio = largest / max(image.size)
        size = max(1, round(image.width * ratio)), max(1, round(image.height * ratio))
        image = image.resize(size, Image.Resampling.LANCZOS)
    written = io.BytesIO()
    if exact or image.mode == "RGBA":
        kind = "png"
        image.save(written, "PNG")  # to optimise takes two to eight times as long and saves 300 bytes
    else:
        kind = "jpeg"
        image.save(written, "JPEG", quality=88)
    return f"data:image/{kind};base64,{base64.b64encode(written.getvalue()).decode()}"


@plot.register(Picture)
def plot_picture(picture: Picture) -> go.Figure:
    """The picture alone."""
    size = picture.height, picture.width
    return photo_figure(picture.pixels, Frame.fit(size, size))


def photo_figure(
    picture: np.ndarray | None,
    frame: Frame,
    *,
    grey: bool = False,
    height: int | None = None,
    title: str = "",
) -> go.Figure:
    """The photograph (height x width x 3, uint8), what the model does not see of it veiled."""
    source = None if picture is None else data_uri(picture, grey=grey)
    margin = {"l": 4, "r": 4, "t": 34 if title else 6, "b": 6}
    layout = {"height": height or _height(frame, 1, 1), "margin": margin, "title": {"text": title}}
    return _figure(layout, _whole(frame), [((0.0, 1.0), (0.0, 1.0))], [source], _veils(frame, 1, source))


def photo_grid(
    picture: np.ndarray | None,
    frame: Frame,
    *,
    titles: Sequence[str],
    columns: int | None = None,
    grey: bool = True,
    height: int | None = None,
) -> go.Figure:
    """The photograph once for each title, row by row; panel i is the i-th of them."""
    columns = min(len(titles), columns or _columns(len(titles)))
    rows = math.ceil(len(titles) / columns)
    height = height or _height(frame, rows, columns)
    # The same small picture in every panel: the longer side need not be longer than the panel.
    largest = max(160, min(LARGEST, 2 * WIDTH // columns))
    source = None if picture is None else data_uri(picture, largest=largest, grey=grey)
    return panel_grid(
        titles,
        _whole(frame),
        columns=columns,
        height=height,
        gaps=(GAP_ACROSS, min(0.5, TITLE_HEIGHT / height)),
        above=TITLE_HEIGHT,
        sources=[source] * len(titles),
        shapes=_veils(frame, len(titles), source),
    )


def panel_grid(
    titles: Sequence[str],
    box: Box,
    *,
    columns: int,
    height: int,
    gaps: Span,
    above: int,
    font: int = 12,
    sources: Sequence[str | None] = (),
    shapes: Sequence[dict[str, Any]] = (),
) -> go.Figure:
    """Panels of this box for the titles above them, row by row, with an image (a data URI) in each and `shapes`.

    `gaps` between panels, across and down, are parts of the figure's width and height; `above` is the room for the
    first titles, in pixels.
    """
    across = spans(columns, gaps[0])
    down = spans(math.ceil(len(titles) / columns), gaps[1])[::-1]
    domains = [(across[panel % columns], down[panel // columns]) for panel in range(len(titles))]
    annotations = [
        panel_title(title, *domain, font=font) for title, domain in zip(titles, domains, strict=True)
    ]
    margin = {"l": 4, "r": 4, "t": above, "b": 6}
    return _figure(
        {"height": height, "margin": margin, "annotations": annotations}, box, domains, sources, shapes
    )


def panel_title(title: str, across: Span, down: Span, *, font: int = 12) -> dict[str, Any]:
    """The annotation that stands above the panel of these parts of the figure's width and height."""
    return {
        "text": title,
        "xref": "paper",
        "yref": "paper",
        "x": sum(across) / 2,
        "y": down[1],
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": font},
    }


def rectangle(box: Box, *, panel: int = 0, **properties: Any) -> dict[str, Any]:
    """A shape of a panel, for `add_shapes`."""
    number = _number(panel)
    sides = {"x0": box.left, "x1": box.right, "y0": box.top, "y1": box.bottom}
    return {"type": "rect", "xref": f"x{number}", "yref": f"y{number}", **sides, **properties}


def add_shapes(figure: go.Figure, shapes: Sequence[dict[str, Any]]) -> None:
    """Several at once: Plotly checks all shapes of a figure anew whenever one is added."""
    figure.layout.shapes = [*figure.layout.shapes, *shapes]


def fitting_height(figure: go.Figure, width: float) -> int | None:
    """The pixels in height that photographs side by side fill where the figure is `width` pixels wide.

    None for a figure that is anything else, or has several rows or a legend.
    """
    across = {axis.plotly_name: axis for axis in figure.select_xaxes()}
    margin, deepest = figure.layout.margin, 0.0
    if figure.layout.legend.to_plotly_json():
        return None
    for axis in figure.select_yaxes():
        below = across.get(f"xaxis{(axis.scaleanchor or '')[1:]}")
        if axis.scaleanchor is None or below is None or not axis.range or not below.range:
            return None
        if tuple(axis.domain or (0, 1)) != (0, 1):
            return None
        part = np.ptp(below.domain or (0, 1)) * (width - (margin.l or 0) - (margin.r or 0))
        deepest = max(deepest, float(part * np.ptp(axis.range) / np.ptp(below.range)))
    bar = BAR_HEIGHT if any(axis.colorbar.orientation == "h" for axis in figure.select_coloraxes()) else 0
    return round(deepest + (margin.t or 0) + (margin.b or 0) + bar) if deepest else None


def picture_axes(figure: go.Figure, box: Box, *, panel: int = 0) -> None:
    """Axes that show exactly this box, undistorted, y down, without ticks."""
    figure.update_layout(_axes(box, panel))


def place_picture(figure: go.Figure, source: str, box: Box, *, panel: int = 0) -> None:
    """Lay an image (a data URI) under the traces, its edges on the box's."""
    figure.add_layout_image(_image(source, box, panel))


def _figure(
    layout: dict[str, Any],
    box: Box,
    domains: Sequence[tuple[Span, Span]],
    sources: Sequence[str | None],
    shapes: Sequence[dict[str, Any]],
) -> go.Figure:
    """A figure of one box a domain. Made of one dictionary: adding to a figure piece by piece is slow."""
    for panel, domain in enumerate(domains):
        axes = _axes(box, panel)
        for axis, span in zip(axes.values(), domain, strict=True):
            axis["domain"] = span
        layout |= axes
    layout["images"] = [_image(source, box, panel) for panel, source in enumerate(sources) if source]
    layout["shapes"] = list(shapes)
    return go.Figure(layout={"template": "explorer", **layout})


def _whole(frame: Frame) -> Box:
    return Box(0, 0, frame.photo_height, frame.photo_width)


def _veils(frame: Frame, panels: int, source: str | None) -> list[dict[str, Any]]:
    """Over what the model does not see of the photograph, in every panel."""
    veiled = _around(frame.seen, _whole(frame)) if source else []
    look = {"line": {"width": 0}, "fillcolor": "rgba(127, 130, 138, 0.6)", "layer": "below"}
    return [rectangle(box, panel=panel, **look) for panel in range(panels) for box in veiled]


def _axes(box: Box, panel: int) -> dict[str, dict[str, Any]]:
    number = _number(panel)
    hidden = {"showgrid": False, "showticklabels": False, "showline": False, "ticks": "", "zeroline": False}
    across = {"range": [box.left, box.right], "constrain": "domain", "anchor": f"y{number}", **hidden}
    down = {"range": [box.bottom, box.top], "constrain": "domain", "anchor": f"x{number}", **hidden}
    down |= {"scaleanchor": f"x{number}", "scaleratio": 1, "constraintoward": "top"}
    return {f"xaxis{number}": across, f"yaxis{number}": down}


def _image(source: str, box: Box, panel: int) -> dict[str, Any]:
    return {
        "source": source,
        "xref": f"x{_number(panel)}",
        "yref": f"y{_number(panel)}",
        "x": box.left,
        "y": box.top,
        "sizex": box.width,
        "sizey": box.height,
        "xanchor": "left",
        "yanchor": "top",
        "sizing": "stretch",
        "layer": "below",
    }


def spans(count: int, gap: float) -> list[Span]:
    """`count` equal parts of 0 … 1, `gap` apart."""
    size = (1 - gap * (count - 1)) / count
    return [(at * (size + gap), min(1.0, at * (size + gap) + size)) for at in range(count)]


def _around(inner: Box, outer: Box) -> list[Box]:
    """The parts of `outer` that `inner` does not cover."""
    parts = [
        Box(outer.top, outer.left, inner.top, outer.right),
        Box(inner.bottom, outer.left, outer.bottom, outer.right),
        Box(inner.top, outer.left, inner.bottom, inner.left),
        Box(inner.top, inner.right, inner.bottom, outer.right),
    ]
    return [part for part in parts if part.height > 1e-6 and part.width > 1e-6]


def _columns(panels: int) -> int:
    return panels if panels <= 4 else 3 if panels <= 6 else 4 if panels <= 12 else 6


def _height(frame: Frame, rows: int, columns: int) -> int:
    """The figure's height: its panels as high as their width asks for, within what a screen shows."""
    panel = WIDTH / columns * frame.photo_height / frame.photo_width
    return round(min(max(rows * (panel + TITLE_HEIGHT) + BAR_HEIGHT, 200), 460 if rows == 1 else 920))


def _number(panel: int) -> str:
    return str(panel + 1) if panel else ""
