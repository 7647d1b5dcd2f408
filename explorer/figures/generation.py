"""Pictures written value by value: the canvas, the next value, where it looks, what it cost, what it can reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.generation import NextValue, StepAttention, Surprise
from explorer.analysis.writing_reach import ReachesCompared, WritingReach
from explorer.figures import plot
from explorer.figures.photo import add_shapes, data_uri, panel_grid, picture_axes, place_picture, rectangle
from explorer.figures.style import ACCENT, COLOURS, blank, colour_scale
from explorer.formatting import percent
from explorer.geometry import Box

__all__ = [
    "canvas_figure",
    "enlarged",
    "next_value_figure",
    "reach_figure",
    "step_attention_figure",
    "strip_figure",
    "surprise_figure",
    "veiled",
]

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
        _outline(figure, memory)
    if coming is not None:
        add_shapes(figure, _mark(coming, channels=written.shape[-1]))
    if clickable:
        figure.add_trace(_clicks(pixels, written))
        figure.update_layout(clickmode="event+select", dragmode=False, hovermode="closest", hoverdistance=-1)
    return figure


@plot.register(NextValue)
def next_value_figure(result: NextValue, *, height: int = 300) -> go.Figure:
    """The model's distribution, and in front of it what temperature, top-k and top-p leave; each value's bar has
    its colour on the axis below, and the value that will be drawn is marked."""
    figure = blank(height=height, barmode="overlay", bargap=0.05 if len(result.truncated) <= 32 else 0)
    values = np.arange(len(result.truncated))
    kinds = (
        (result.probabilities, "the model", COLOURS[5], 0.45, 0.9),
        (result.truncated, "after temperature, top-k, top-p", COLOURS[0], 0.95, 0.55),
    )
    for heights, name, colour, opacity, width in kinds:
        figure.add_trace(
            go.Bar(
                x=values,
                y=heights,
                name=name,
                width=width,
                marker={"color": colour, "opacity": opacity, "line_width": 0},
                hovertemplate=f"value %{{x}}: %{{y:.3g}}<extra>{name}</extra>",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=values,
            y=np.full(len(values), -0.035 * max(result.truncated.max(), result.probabilities.max())),
            mode="markers",
            marker={
                "symbol": "square",
                "size": 9 if len(values) <= 32 else 4,
                "color": list(result.colours),
                "line": {"width": 0.5 if len(values) <= 32 else 0, "color": COLOURS[5]},
            },
            hoverinfo="skip",
            showlegend=False,
            name="colours",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[result.drawn],
            y=[float(result.truncated[result.drawn])],
            mode="markers",
            marker={
                "symbol": "triangle-down",
                "size": 13,
                "color": ACCENT,
                "line": {"color": "white", "width": 1},
            },
            name=f"drawn: {result.drawn}",
            hovertemplate=f"drawn: {result.drawn}<extra></extra>",
        )
    )
    ticks = {"dtick": 1, "tickangle": 0, "tickfont_size": 11} if len(values) <= 20 else {}
    figure.update_xaxes(title_text=f"{result.channel_name} value", range=[-0.7, len(values) - 0.3], **ticks)
    figure.update_yaxes(title_text="probability", rangemode="tozero")
    return figure


@plot.register(StepAttention)
def step_attention_figure(
    result: StepAttention,
    pixels: np.ndarray | None = None,
    *,
    layer: int | None = None,
    columns: int | None = None,
    log: bool = False,
) -> go.Figure:
    """The attention of every head of a layer (None: the mean of each layer's heads) over the values written, on
    one colour scale, with the memory block outlined. Channels of a pixel are summed."""
    if layer is None:
        maps = result.maps.mean(1).sum(-1)
        titles = [f"layer {number + 1}" for number in range(len(maps))]
    else:
        maps = result.maps[layer].sum(-1)
        titles = [f"layer {layer + 1}, head {number + 1}" for number in range(len(maps))]
    any_written = result.written.any(-1)
    scale = colour_scale(maps[:, any_written] if any_written.any() else maps, unit="attention", log=log)
    channels = result.written.shape[-1]
    marks = [
        mark for panel in range(len(maps)) for mark in _mark(result.place, channels=channels, panel=panel)
    ]
    figure = _panels(titles, maps.shape[1:], columns=columns, shapes=marks)
    for panel, values in enumerate(maps):
        _heat(figure, np.where(any_written, values, np.nan), scale, panel)
        _outline(figure, result.memory, panel=panel)
    figure.update_layout(coloraxis=scale.axis())
    return figure


@plot.register(Surprise)
def surprise_figure(result: Surprise, *, channel: int | None = None, clip: float = 99.0) -> go.Figure:
    """The picture, and beside it the bits that each pixel cost: its channels together, or one of them."""
    bits = result.bits.sum(-1) if channel is None else result.bits[..., channel]
    unit = "bits" if result.bits.shape[-1] == 1 or channel is not None else "bits a pixel"
    scale = colour_scale(bits, unit=unit, clip=clip)
    titles = ["the picture", f"surprise: {result.per_value:.3f} bits a value"]
    picture = veiled(result.pixels, ~np.isnan(result.bits))
    figure = _panels(titles, bits.shape, columns=2, pictures=[picture, None])
    _heat(figure, bits, scale, 1)
    figure.update_layout(coloraxis=scale.axis())
    return figure


def strip_figure(
    pictures: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    columns: int | None = None,
    height: int | None = None,
) -> go.Figure:
    """Pictures (height x width x 3 or 4, uint8) side by side: steps of a writing, samples, ways to enlarge."""
    # Every panel has the axes of the first, so that a small picture is as large as what it became.
    return _panels(titles, pictures[0].shape[:2], columns=columns, height=height, pictures=pictures)


@plot.register(WritingReach)
def plot_reach(result: WritingReach, **options: Any) -> go.Figure:
    """One network's reach alone."""
    return reach_figure(ReachesCompared((result,)), **options)


@plot.register(ReachesCompared)
def reach_figure(compared: ReachesCompared, *, columns: int | None = None, log: bool = True) -> go.Figure:
    """What each kind of network can look back at from one pixel: strength of the gradient where there is any,
    hatched where pixels are written and out of reach."""
    results = compared.networks
    titles = [f"{result.title}<br>{percent(result.share)} of what is written" for result in results]
    marks = [
        mark
        for panel, result in enumerate(results)
        for mark in _mark((result.row, result.column, 0), channels=1, panel=panel)
    ]
    figure = _panels(titles, results[0].strength.shape, columns=columns, title_lines=2, shapes=marks)
    shares = [result.strength / max(result.strength.max(), 1e-30) for result in results]
    positive = np.concatenate([share[share > 0] for share in shares] or [np.ones(1)])
    scale = colour_scale(positive, unit="gradient, share of the largest", log=log)
    for panel, (result, share) in enumerate(zip(results, shares, strict=True)):
        _heat(figure, np.where(result.seen, share, np.nan), scale, panel)
        rows, columns_ = np.nonzero(result.blind)
        figure.add_trace(
            go.Scatter(
                x=columns_ + 0.5,
                y=rows + 0.5,
                mode="markers",
                marker={"symbol": "x-thin", "size": 5, "line": {"width": 1, "color": COLOURS[6]}},
                name="generated, outside the receptive field",
                legendgroup="blind",
                showlegend=False,
                hovertemplate="generated, outside the receptive field<extra></extra>",
                xaxis=f"x{panel + 1 if panel else ''}",
                yaxis=f"y{panel + 1 if panel else ''}",
            )
        )
    figure.update_layout(coloraxis=scale.axis())
    return figure


def enlarged(pixels: np.ndarray, side: int = 336) -> np.ndarray:
    """Each pixel as a square, so that no browser blurs them into one another; the longer side about `side` long."""
    times = max(1, side // max(pixels.shape[:2]))
    return np.ascontiguousarray(pixels.repeat(times, 0).repeat(times, 1))


def _canvas(shown: np.ndarray, *, height: int) -> go.Figure:
    figure = blank(height=height, margin={"l": 4, "r": 4, "t": 6, "b": 6})
    whole = Box(0, 0, *shown.shape[:2])
    picture_axes(figure, whole)
    place_picture(figure, data_uri(enlarged(shown), exact=True), whole)
    add_shapes(figure, [_frame(shown.shape[:2])])
    return figure


def veiled(pixels: np.ndarray, written: np.ndarray) -> np.ndarray:
    """The pixels with a veil in the place of those of which nothing is written."""
    shown = np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 255, np.uint8)], -1)
    shown[~written.any(-1)] = UNWRITTEN
    return shown


def _panels(
    titles: Sequence[str],
    shape: Sequence[int],
    *,
    columns: int | None = None,
    height: int | None = None,
    title_lines: int = 1,
    pictures: Sequence[np.ndarray | None] = (),
    shapes: Sequence[dict[str, Any]] = (),
) -> go.Figure:
    """A framed panel for each title, with its picture where there are some, and more shapes."""
    count = len(titles)
    columns = min(count, columns or (count if count <= 4 else 4 if count <= 12 else 8))
    rows = -(-count // columns)
    side = 760 / columns * shape[0] / shape[1]
    height = height or round(min(max(rows * (side + 14 + 14 * title_lines) + 70, 220), 900))
    return panel_grid(
        titles,
        Box(0, 0, *shape),
        columns=columns,
        height=height,
        gaps=(0.015, min(0.9 / rows, (12 + 16 * title_lines) / height)),
        above=14 + 14 * title_lines,
        sources=[
            None if picture is None else data_uri(enlarged(picture), exact=True) for picture in pictures
        ],
        shapes=[*(_frame(shape, panel=panel) for panel in range(count)), *shapes],
    )


def _frame(shape: Sequence[int], *, panel: int = 0) -> dict[str, Any]:
    return rectangle(Box(0, 0, *shape), panel=panel, line={"color": "rgba(128, 136, 150, 0.7)", "width": 1})


def _heat(figure: go.Figure, values: np.ndarray, scale: object, panel: int, *, opacity: float = 1.0) -> None:
    rows, columns = values.shape
    figure.add_trace(
        go.Heatmap(
            z=np.asarray(scale.scaled(values), np.float32),  # type: ignore[attr-defined]
            x=np.arange(columns + 1),
            y=np.arange(rows + 1),
            customdata=np.asarray(values, np.float32),
            coloraxis="coloraxis",
            opacity=opacity,
            hoverongaps=False,
            hovertemplate="%{customdata:.3g}<extra></extra>",
            xaxis=f"x{panel + 1 if panel else ''}",
            yaxis=f"y{panel + 1 if panel else ''}",
        )
    )


def _outline(figure: go.Figure, inside: np.ndarray, *, panel: int = 0) -> None:
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


def _mark(place: tuple[int, int, int], *, channels: int, panel: int = 0) -> list[dict[str, Any]]:
    """A frame around the pixel that is written next, in the colour of its channel."""
    row, column, channel = place
    colour = ACCENT if channels == 1 else CHANNELS[channel]
    pixel = Box(row, column, row + 1, column + 1)
    return [
        rectangle(pixel, panel=panel, line={"color": line, "width": width})
        for line, width in (("white", 4.0), (colour, 2.5))
    ]


def _clicks(pixels: np.ndarray, written: np.ndarray) -> go.Scatter:
    """Unseen squares that take clicks; customdata is (row, column)."""
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
        mode="markers",
        marker={"symbol": "square", "size": 12, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=np.stack([rows, columns], -1).tolist(),
        text=hover,
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
        name="pixels",
    )
