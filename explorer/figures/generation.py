"""Pictures written value by value: the next value, where it looks, what it cost, pictures side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.enlarging import Enlarged
from explorer.analysis.generation import NextValue, StepAttention, Surprise
from explorer.figures import plot
from explorer.figures.canvas import enlarged, frame_around, outline, pixel_frame, veiled
from explorer.figures.photo import data_uri, panel_grid
from explorer.figures.style import ACCENT, COLOURS, blank, colour_scale
from explorer.geometry import Box

__all__ = [
    "add_heat",
    "next_value_figure",
    "panels",
    "step_attention_figure",
    "strip_figure",
    "surprise_figure",
]


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
        mark
        for panel in range(len(maps))
        for mark in pixel_frame(result.place, channels=channels, panel=panel)
    ]
    figure = panels(titles, maps.shape[1:], columns=columns, shapes=marks)
    for panel, values in enumerate(maps):
        add_heat(figure, np.where(any_written, values, np.nan), scale, panel)
        outline(figure, result.memory, panel=panel)
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
    figure = panels(titles, bits.shape, columns=2, pictures=[picture, None])
    add_heat(figure, bits, scale, 1)
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
    return panels(titles, pictures[0].shape[:2], columns=columns, height=height, pictures=pictures)


@plot.register(Enlarged)
def enlarged_figure(result: Enlarged) -> go.Figure:
    """The small picture and all that it became."""
    # Every panel has the first one's axes, so the small picture is drawn as large as the others.
    pictures = result.pictures
    return strip_figure([pictures["nearest"], *pictures.values()], [result.size, *pictures], columns=4)


def panels(
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
        shapes=[*(frame_around(shape, panel=panel) for panel in range(count)), *shapes],
    )


def add_heat(
    figure: go.Figure, values: np.ndarray, scale: object, panel: int, *, opacity: float = 1.0
) -> None:
    """The values as cells of a panel; NaN is left empty."""
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
