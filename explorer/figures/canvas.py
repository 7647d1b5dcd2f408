"""The canvas of a picture that is written value by value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.photo import add_shapes, data_uri, picture_axes, place_picture, rectangle
from explorer.figures.style import ACCENT, COLOURS, TAKES_CLICKS, UNSEEN, blank
from explorer.geometry import Box

__all__ = ["canvas_figure", "enlarged", "frame_around", "outline", "pixel_frame", "veiled"]

UNWRITTEN = (128, 134, 146, 70)
"""Red, green, blue and opacity of what is not written yet: no shade that a value could have."""
CHANNELS = ("#d5433d", "#3a9b57", "#3f6fd1")


def canvas_figure(
    pixels: np.ndarray,
    written: np.ndarray,
    *,
    coming: tuple[int, int, int] | None = None,
    memory: np.ndarray | None = None,
    clickable: bool = True,
    height: int = 420,
) -> go.Figure:
    """The picture so far (height x width x 3, uint8) and which values are written (height x width x channels).

    `coming` is row, column and channel of the next value, `memory` the pixels of its memory block, which are
    outlined. A click on a pixel chooses its (row, column).
    """
    figure = _canvas(veiled(pixels, written), height=height)
    if memory is not None:
        outline(figure, memory)
    if coming is not None:
        add_shapes(figure, pixel_frame(coming, channels=written.shape[-1]))
    if clickable:
        figure.add_trace(_clicks(pixels, written))
        figure.update_layout(TAKES_CLICKS)
    return figure


def _canvas(shown: np.ndarray, *, height: int) -> go.Figure:
    figure = blank(height=height, margin={"l": 4, "r": 4, "t": 6, "b": 6})
    whole = Box(0, 0, *shown.shape[:2])
    picture_axes(figure, whole)
    place_picture(figure, data_uri(enlarged(shown), exact=True), whole)
    add_shapes(figure, [frame_around(shown.shape[:2])])
    return figure


def outline(figure: go.Figure, inside: np.ndarray, *, panel: int = 0) -> None:
    """The border of a set of pixels, whatever its shape: every side between a pixel in it and one that is not."""
    padded = np.pad(inside, 1)
    x: list[float | None] = []
    y: list[float | None] = []
    for row, column in zip(*np.nonzero(padded[1:] != padded[:-1]), strict=True):
        x += [column - 1, column, None]
        y += [row, row, None]
    for row, column in zip(*np.nonzero(padded[:, 1:] != padded[:, :-1]), strict=True):
        x += [column, column, None]
        y += [row - 1, row, None]
    for colour, width in (("rgba(255, 255, 255, 0.85)", 4.0), (COLOURS[1], 2.0)):
        figure.add_trace(
            go.Scatter(
                x=x,
                y=y,
                mode="lines",
                line={"color": colour, "width": width},
                name="memory block",
                hoverinfo="skip",
                showlegend=False,
                xaxis=f"x{panel + 1 if panel else ''}",
                yaxis=f"y{panel + 1 if panel else ''}",
            )
        )


def _clicks(pixels: np.ndarray, written: np.ndarray) -> go.Scatter:
    """Unseen points that take clicks; customdata is (row, column)."""
    rows, columns = (axis.ravel() for axis in np.mgrid[: pixels.shape[0], : pixels.shape[1]])
    hover = [
        f"row {row + 1}, column {column + 1}: "
        + (
            ", ".join(str(int(shade)) for shade in pixels[row, column])
            if written[row, column].all()
            else "not written"
        )
        for row, column in zip(rows, columns, strict=True)
    ]
    return go.Scatter(
        x=columns + 0.5,
        y=rows + 0.5,
        **UNSEEN,
        customdata=np.stack([rows, columns], -1).tolist(),
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
        name="pixels",
    )


def pixel_frame(place: tuple[int, int, int], *, channels: int, panel: int = 0) -> list[dict[str, Any]]:
    """A frame around the pixel that is written next, in the colour of its channel."""
    row, column, channel = place
    colour = ACCENT if channels == 1 else CHANNELS[channel]
    pixel = Box(row, column, row + 1, column + 1)
    return [
        rectangle(pixel, panel=panel, line={"color": line, "width": width})
        for line, width in (("white", 4.0), (colour, 2.5))
    ]


def frame_around(shape: Sequence[int], *, panel: int = 0) -> dict[str, Any]:
    """The outline of a picture."""
    return rectangle(Box(0, 0, *shape), panel=panel, line={"color": "rgba(128, 136, 150, 0.7)", "width": 1})


def veiled(pixels: np.ndarray, written: np.ndarray) -> np.ndarray:
    """The pixels with a veil in the place of those of which nothing is written."""
    shown = np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 255, np.uint8)], -1)
    shown[~written.any(-1)] = UNWRITTEN
    return shown


def enlarged(pixels: np.ndarray, side: int = 336) -> np.ndarray:
    """Each pixel as a square, so that no browser blurs them into one another; the longer side about `side` long."""
    times = max(1, side // max(pixels.shape[:2]))
    return np.ascontiguousarray(pixels.repeat(times, 0).repeat(times, 1))
