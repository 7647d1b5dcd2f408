"""Equivariance drawn: errors by depth, where the differences lie, and errors by distance."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.equivariance import Equivariance, EquivarianceByModel, ErrorByDistance
from explorer.figures import plot
from explorer.figures.overlay import add_cells
from explorer.figures.photo import photo_grid
from explorer.figures.style import COLOURS, blank, colour_scale
from explorer.geometry import Frame, Grid

__all__ = ["depth_figure", "distance_figure", "maps_figure"]

FLOOR = 1e-8
"""What is drawn for an error of exactly 0, which a logarithmic axis has no place for."""


@plot.register(Equivariance)
def plot_equivariance(result: Equivariance, *, title: str = "error") -> go.Figure:
    """One model's errors alone."""
    return depth_figure(EquivarianceByModel({title: result}))


@plot.register(EquivarianceByModel)
def depth_figure(results: EquivarianceByModel) -> go.Figure:
    """The relative error of every layer on a logarithmic axis, a curve for each model."""
    figure = blank(height=400)
    for at, (title, result) in enumerate(results.models.items()):
        depth = np.linspace(0, 1, len(result.layers)) if len(result.layers) > 1 else np.ones(1)
        figure.add_trace(
            go.Scatter(
                x=depth,
                y=np.maximum(result.errors, FLOOR),
                mode="lines+markers",
                name=title,
                line={"color": COLOURS[at % len(COLOURS)], "width": 2.2},
                customdata=[[layer.name, layer.error] for layer in result.layers],
                hovertemplate=f"{title}, %{{customdata[0]}}: %{{customdata[1]:.3g}}<extra></extra>",
            )
        )
    figure.add_hline(y=1e-5, line_dash="dot", line_color=COLOURS[5])
    # An annotation's place on a logarithmic axis is its exponent.
    figure.add_annotation(
        x=0, xref="paper", y=-5, text="below: rounding", showarrow=False, xanchor="left", yanchor="top"
    )
    figure.update_xaxes(
        title_text="depth", tickvals=[0, 0.5, 1], ticktext=["first layer", "half-way", "last layer"]
    )
    figure.update_yaxes(title_text="relative error", type="log", exponentformat="power", dtick=1)
    return figure


def maps_figure(result: Equivariance, picture: np.ndarray, size: tuple[int, int]) -> go.Figure:
    """Where each layer's features differ, over the moved picture (height x width x 3, uint8) of the model's size."""
    layers = result.layers
    frame = Frame.fit((picture.shape[0], picture.shape[1]), size, how="squash")
    figure = photo_grid(picture, frame, titles=[f"{layer.name}: {layer.error:.2g}" for layer in layers])
    scale = colour_scale(
        np.concatenate([layer.difference.ravel() for layer in layers]), unit="relative error", clip=99
    )
    for panel, layer in enumerate(layers):
        rows, columns = layer.difference.shape
        add_cells(
            figure, layer.difference, Grid(rows, columns, *size), frame, scale=scale, panel=panel, opacity=0.75,
            name=layer.name,
        )  # fmt: skip
    return figure.update_layout(margin={"b": 70})


@plot.register(ErrorByDistance)
def distance_figure(result: ErrorByDistance) -> go.Figure:
    """The last layer's error against how far the picture is moved; marks where a whole cell is reached."""
    figure = blank(height=360)
    for at, (title, errors) in enumerate(result.errors.items()):
        figure.add_trace(
            go.Scatter(
                x=result.pixels.tolist(),
                y=errors.tolist(),
                mode="lines+markers",
                name=title,
                line={"color": COLOURS[at], "width": 2.2},
                hovertemplate=f"{title}, %{{x}} px: %{{y:.3g}}<extra></extra>",
            )
        )
    for whole in range(result.stride, int(result.pixels.max()) + 1, result.stride):
        figure.add_vline(x=whole, line_dash="dot", line_color=COLOURS[5])
    figure.update_xaxes(title_text="shift (input pixels)")
    figure.update_yaxes(title_text="relative error", rangemode="tozero")
    return figure
