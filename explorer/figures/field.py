"""Effective fields: maps on the photograph, radius against depth, and the exponent of growth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.field import EffectiveField, RadiusByDepth
from explorer.analysis.field_growth import FieldGrowth
from explorer.figures import plot
from explorer.figures.overlay import add_box, add_cells, add_click_layer, add_point
from explorer.figures.photo import frame_of, photo_figure, photo_grid
from explorer.figures.style import ACCENT, COLOURS, ColourScale, blank, colour_scale
from explorer.geometry import Frame, Grid

__all__ = ["compare_figure", "effective_figure", "exponent_figure", "radius_figure"]

UNIT = "share of the largest influence"
SHOWN = 160
"""Cells of the drawn map along a side: more are averaged, so that the page stays light."""


@plot.register(EffectiveField)
def effective_figure(
    result: EffectiveField,
    pixels: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    opacity: float = 0.75,
    log: bool = False,
    box: bool = True,
    click: Grid | None = None,
) -> go.Figure:
    """The influence of every pixel on the unit, as a share of the largest, with the theoretical box."""
    values, grid = _drawn(result.map)
    frame = frame_of(grid, frame)
    figure = photo_figure(pixels, frame, grey=True)
    add_cells(figure, values, grid, frame, scale=_scale(values, log=log), opacity=opacity, name=result.layer)
    _marks(figure, result, frame, panel=0, box=box)
    if click is not None:
        add_click_layer(figure, click, frame)
    return figure


def compare_figure(
    results: Mapping[str, EffectiveField],
    pixels: np.ndarray | None = None,
    frame: Frame | None = None,
    *,
    opacity: float = 0.75,
    log: bool = False,
    box: bool = True,
) -> go.Figure:
    """Several effective fields side by side on one colour scale, such as before and after training."""
    drawn = {title: _drawn(result.map) for title, result in results.items()}
    grid = next(iter(drawn.values()))[1]
    frame = frame_of(grid, frame)
    titles = [f"{title} · 90 % within {result.radius_90:.0f} px" for title, result in results.items()]
    figure = photo_grid(pixels, frame, titles=titles)
    scale = _scale(np.stack([values for values, _ in drawn.values()]), log=log)
    for panel, (title, result) in enumerate(results.items()):
        values, grid = drawn[title]
        add_cells(figure, values, grid, frame, scale=scale, panel=panel, opacity=opacity, name=title)
        _marks(figure, result, frame, panel=panel, box=box)
    return figure


@plot.register(RadiusByDepth)
def radius_figure(
    result: RadiusByDepth, *, chosen: float | None = None, theoretical: bool = True
) -> go.Figure:
    """Radius that holds 50 % and 90 % of the influence against depth, from 0 (first layer) to 1 (last)."""
    figure = blank(height=380)
    highest = 0.0
    for colour, (title, fields) in zip(COLOURS, result.fields.items(), strict=False):
        across = np.linspace(0, 1, len(fields)) if len(fields) > 1 else np.array([1.0])
        names = [field.layer for field in fields]
        for share, dash in ((0.9, "solid"), (0.5, "dash")):
            radii = [field.radius_90 if share == 0.9 else field.radius_50 for field in fields]
            highest = max(highest, *radii)
            figure.add_trace(
                go.Scatter(
                    x=across,
                    y=radii,
                    mode="lines+markers",
                    line={"color": colour, "dash": dash},
                    customdata=names,
                    hovertemplate=f"{100 * share:.0f} % within %{{y:.3g}} px<extra>{title}, %{{customdata}}</extra>",
                    name=f"{title}, {100 * share:.0f} %",
                )
            )
        known = [
            (at, field) for at, field in zip(across, fields, strict=True) if field.theoretical is not None
        ]
        if theoretical and known:
            figure.add_trace(
                go.Scatter(
                    x=[at for at, _ in known],
                    y=[field.theoretical_radius for _, field in known],
                    mode="lines",
                    line={"color": colour, "dash": "dot", "width": 1.2},
                    hovertemplate=f"theory: %{{y:.3g}} px<extra>{title}</extra>",
                    name=f"{title}, theory",
                )
            )
    if chosen is not None:
        figure.add_vline(x=chosen, line={"color": ACCENT, "width": 1.5})
    figure.update_xaxes(title_text="depth, from first layer to last", range=[-0.03, 1.03])
    # Theory soon leaves the picture; the measured curves are what is to be read.
    return figure.update_yaxes(title_text="radius (input px)", range=[0, 1.25 * highest])


@plot.register(FieldGrowth)
def exponent_figure(growth: FieldGrowth) -> go.Figure:
    """Effective and theoretical radius of plain stacks against their depth, both axes logarithmic."""
    figure = blank(height=360)
    depths = np.array(growth.depths, float)
    fitted = growth.scale * depths**growth.exponent
    low, high = growth.interval
    figure.add_trace(
        go.Scatter(
            x=depths,
            y=growth.theoretical,
            mode="lines+markers",
            line={"color": COLOURS[5], "dash": "dot"},
            hovertemplate="%{y:.3g} px<extra>theoretical</extra>",
            name="theoretical: half the side",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=depths,
            y=growth.sigma,
            mode="markers",
            marker={"color": COLOURS[0], "size": 10},
            hovertemplate="%{y:.3g} px<extra>effective</extra>",
            name="effective: standard deviation",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=depths,
            y=fitted,
            mode="lines",
            line={"color": COLOURS[1]},
            hoverinfo="skip",
            name=f"∝ depth^{growth.exponent:.2f} (95 %: {low:.2f} to {high:.2f})",
        )
    )
    figure.update_xaxes(
        type="log", title_text=f"number of {growth.kernel} × {growth.kernel} convolutions", tickvals=depths
    )
    return figure.update_yaxes(type="log", title_text="radius (px)")


def _drawn(map_: np.ndarray) -> tuple[np.ndarray, Grid]:
    """The map as a share of its largest cell, averaged over whole blocks of pixels where it is large."""
    height, width = map_.shape
    least = -(-max(height, width) // SHOWN)
    whole = [block for block in range(1, 2 * least + 1) if height % block == width % block == 0]
    block = min(whole, key=lambda block: (block < least, abs(block - least)))
    values = map_.reshape(height // block, block, width // block, block).mean((1, 3))
    return values / values.max(), Grid(height // block, width // block, height, width)


def _scale(values: np.ndarray, *, log: bool) -> ColourScale:
    if log:
        return ColourScale(1e-3, 1.0, UNIT, log=True, notes=("logarithmic",))
    return colour_scale(values, unit=UNIT)


def _marks(figure: go.Figure, result: EffectiveField, frame: Frame, *, panel: int, box: bool) -> None:
    if box and result.theoretical is not None:
        height, width = result.map.shape
        seen = frame.box_to_photo(result.theoretical.clipped(height, width))
        # A label stands on its box; above the photograph there is no room for it.
        room = seen.top > 0.06 * frame.photo_height
        add_box(figure, seen, label="theoretical field" if room and panel == 0 else "", panel=panel)
    add_point(figure, frame.to_photo(result.centre), label="the unit", panel=panel)
