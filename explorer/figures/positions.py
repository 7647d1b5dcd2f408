"""Positions drawn: the grid of grids, the waves of the sine code, the bias of offsets."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.moved_patches import AttentionMoved
from explorer.analysis.position_results import (
    AccuracyByEncoding,
    AccuracyByShare,
    OffsetBias,
    PositionsAltered,
    PredictionsMoved,
    Rotation,
    SimilarityToPosition,
    Sinusoidal,
)
from explorer.analysis.positions import CodeSimilarity
from explorer.figures import plot
from explorer.figures.style import ACCENT, COLOURS, TAKES_CLICKS, UNSEEN, ColourScale, blank, colour_scale

__all__ = [
    "answers_figure",
    "bias_figure",
    "digits_figure",
    "rotation_figure",
    "share_figure",
    "similarity_figure",
    "spread_figure",
    "wavelengths_figure",
]

COSINE = ColourScale(-1.0, 1.0, "cosine", colours="RdBu_r")


@plot.register(CodeSimilarity)
def similarity_figure(
    similarity: CodeSimilarity,
    *,
    position: tuple[int, int] | None = None,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """A small grid for each position, at its place: its code's cosine with every other; that of `chosen` (row,
    column from 0) is framed. With `position` that one alone, large."""
    rows, columns = similarity.grid
    if position is not None:
        figure = blank(height=420, coloraxis=COSINE.axis(), margin={"b": 76})
        figure.add_trace(
            go.Heatmap(
                z=similarity.of(*position),
                x=np.arange(1, columns + 1),
                y=np.arange(1, rows + 1),
                coloraxis="coloraxis",
                hovertemplate="row %{y}, column %{x}: %{z:.3g}<extra></extra>",
            )
        )
        figure.add_shape(
            type="rect",
            x0=position[1] + 0.5,
            x1=position[1] + 1.5,
            y0=position[0] + 0.5,
            y1=position[0] + 1.5,
            line={"color": ACCENT, "width": 2},
        )
        figure.update_xaxes(title_text="column", side="top", constrain="domain")
        figure.update_yaxes(title_text="row", autorange="reversed", scaleanchor="x", constrain="domain")
        return figure
    high, wide = rows + 1, columns + 1
    mosaic = np.full((rows * high - 1, columns * wide - 1), np.nan)
    labels = np.full(mosaic.shape, "", dtype=object)
    for row in range(rows):
        for column in range(columns):
            at = slice(row * high, row * high + rows), slice(column * wide, column * wide + columns)
            mosaic[at] = similarity.cosine[row, column]
            labels[at] = f"position {row + 1}, {column + 1}"
    figure = blank(height=540, coloraxis=COSINE.axis(), margin={"b": 76})
    figure.add_trace(
        go.Heatmap(
            z=mosaic,
            customdata=labels,
            coloraxis="coloraxis",
            hoverongaps=False,
            hovertemplate="%{customdata}: %{z:.3g}<extra></extra>",
        )
    )
    middle = np.arange(rows) * high + (rows - 1) / 2, np.arange(columns) * wide + (columns - 1) / 2
    if chosen is not None:
        figure.add_shape(
            type="rect",
            x0=chosen[1] * wide - 0.9,
            x1=chosen[1] * wide + columns - 0.1,
            y0=chosen[0] * high - 0.9,
            y1=chosen[0] * high + rows - 0.1,
            line={"color": ACCENT, "width": 2},
        )
    down, across = (axis.ravel() for axis in np.mgrid[:rows, :columns])
    figure.add_trace(
        go.Scatter(
            x=middle[1][across],
            y=middle[0][down],
            **UNSEEN,
            customdata=np.stack([down, across], -1).tolist(),
            hovertemplate="click for this position<extra></extra>",
        )
    )
    figure.update_layout(TAKES_CLICKS)
    figure.update_yaxes(
        title_text="row",
        autorange="reversed",
        scaleanchor="x",
        tickvals=middle[0],
        ticktext=list(range(1, rows + 1)),
        constrain="domain",
        range=[rows * high - 1, -1],
    )
    figure.update_xaxes(
        title_text="column",
        side="top",
        tickvals=middle[1],
        ticktext=list(range(1, columns + 1)),
        constrain="domain",
        range=[-1, columns * wide - 1],
    )
    return figure


@plot.register(SimilarityToPosition)
def _position_figure(result: SimilarityToPosition) -> go.Figure:
    return similarity_figure(result.similarity, position=result.position)


@plot.register(Sinusoidal)
def wavelengths_figure(result: Sinusoidal) -> go.Figure:
    """The sine code, positions x dimensions, as a picture: each column a wave, longer and longer."""
    code = result.code
    figure = blank(
        height=380, coloraxis=colour_scale(code, unit="code", diverging=True).axis(), margin={"b": 76}
    )
    figure.add_trace(go.Heatmap(z=code, coloraxis="coloraxis"))
    figure.update_xaxes(title_text="dimension", side="top")
    figure.update_yaxes(title_text="position", autorange="reversed")
    return figure


@plot.register(OffsetBias)
def bias_figure(result: OffsetBias) -> go.Figure:
    """What one head adds to a score for each offset of rows and columns."""
    values = result.table[result.head]
    rows, columns = ((np.arange(side) - side // 2) for side in values.shape)
    scale = colour_scale(result.table, unit="added to the score", diverging=True)
    figure = blank(height=420, coloraxis=scale.axis(), margin={"b": 76})
    figure.add_trace(go.Heatmap(z=values, x=columns, y=rows, coloraxis="coloraxis"))
    figure.add_trace(
        go.Scatter(
            x=[0], y=[0], mode="markers", marker={"color": COLOURS[5], "symbol": "x"}, hoverinfo="skip"
        )
    )
    figure.update_xaxes(title_text="columns to the right of the query", side="top", constrain="domain")
    figure.update_yaxes(
        title_text="rows below the query", autorange="reversed", scaleanchor="x", constrain="domain"
    )
    return figure


@plot.register(Rotation)
def rotation_figure(result: Rotation) -> go.Figure:
    """By how much each pair is turned from the first patch to each: a small map of the angle's cosine for each pair."""
    angles = result.angles
    pairs = angles.shape[-1]
    across = min(4, pairs)
    down = -(-pairs // across)
    figure = blank(
        height=90 + 210 * down,
        coloraxis=ColourScale(-1.0, 1.0, "cosine of the angle", colours="RdBu_r").axis(),
        margin={"b": 76, "t": 40},
    )
    figure.set_subplots(
        down,
        across,
        subplot_titles=[f"pair {pair + 1}" for pair in range(pairs)],
        horizontal_spacing=0.04,
        vertical_spacing=0.16 / down,
    )
    turned = np.cos(angles - angles[:1, :1])
    for pair in range(pairs):
        figure.add_trace(
            go.Heatmap(
                z=turned[..., pair],
                coloraxis="coloraxis",
                customdata=np.degrees(angles[..., pair] - angles[0, 0, pair]),
                hovertemplate="row %{y}, column %{x}: turned by %{customdata:.0f}°<extra></extra>",
            ),
            row=pair // across + 1,
            col=pair % across + 1,
        )
    figure.update_xaxes(showticklabels=False, constrain="domain")
    figure.update_yaxes(showticklabels=False, autorange="reversed", constrain="domain")
    for number in range(pairs):
        name = str(number + 1) if number else ""
        figure.update_layout({f"yaxis{name}": {"scaleanchor": f"x{name}"}})
    return figure


@plot.register(AttentionMoved)
def digits_figure(result: AttentionMoved) -> go.Figure:
    """A picture, the same with its patches moved, and one query's attention over each."""
    maps = result.attention_before, result.attention_after
    scale = colour_scale(np.stack(maps), unit="attention")
    figure = blank(height=330, coloraxis=scale.axis(), margin={"b": 76, "t": 40})
    titles = ("the picture", "as it is shown", "attention before", "attention after")
    figure.set_subplots(1, 4, subplot_titles=titles, horizontal_spacing=0.03)
    for at, values in enumerate((result.before, result.after)):
        figure.add_trace(
            go.Heatmap(z=values, colorscale="Greys_r", showscale=False, zmin=0, zmax=16, hoverinfo="z"),
            row=1,
            col=at + 1,
        )
    for at, values in enumerate(maps):
        figure.add_trace(
            go.Heatmap(z=values, coloraxis="coloraxis", hovertemplate="%{z:.3g}<extra></extra>"),
            row=1,
            col=at + 3,
        )
    figure.update_xaxes(showticklabels=False, constrain="domain")
    figure.update_yaxes(showticklabels=False, autorange="reversed", constrain="domain")
    for number in ("", "2", "3", "4"):
        figure.update_layout({f"yaxis{number}": {"scaleanchor": f"x{number}"}})
    return figure


@plot.register(PredictionsMoved)
def answers_figure(result: PredictionsMoved) -> go.Figure:
    """One probability of each model, before and after."""
    titles = list(result.models)
    figure = blank(height=120 + 44 * len(titles), margin={"t": 44})
    for name, values, colour in (("before", result.before, COLOURS[5]), ("after", result.after, COLOURS[0])):
        figure.add_trace(go.Bar(y=titles, x=values, name=name, orientation="h", marker_color=colour))
    figure.update_xaxes(title_text=f"probability of “{result.label}”", range=[0, 1.02])
    figure.update_yaxes(autorange="reversed")
    return figure


@plot.register(AccuracyByShare)
def share_figure(result: AccuracyByShare) -> go.Figure:
    """Accuracy against the share of patches shuffled; each model's curve is the mean of its trainings."""
    shares, right = np.array(result.shares), result.accuracy
    figure = blank(height=400, margin={"t": 60})
    for (title, values), colour in zip(right.items(), COLOURS, strict=False):
        figure.add_trace(
            go.Scatter(x=shares, y=values.mean(0), name=title, mode="lines+markers", line={"color": colour})
        )
    figure.update_xaxes(title_text="share of the patches shuffled", tickformat=".0%")
    figure.update_yaxes(title_text="top-1 accuracy", tickformat=".0%", range=[0, 1.02])
    return figure


@plot.register(AccuracyByEncoding)
def encodings_figure(result: AccuracyByEncoding) -> go.Figure:
    """Three bars of each encoding."""
    bars = {name: result.accuracy[:, at] for at, name in enumerate(result.conditions)}
    return spread_figure(list(result.encodings), bars)


@plot.register(PositionsAltered)
def altered_figure(result: PositionsAltered) -> go.Figure:
    """A bar of each class for each alteration: the mean, the lowest and the highest of one prediction are the same."""
    bars = {title: np.repeat(values[:, None], 3, 1) for title, values in result.probability.items()}
    return spread_figure(list(result.classes), bars).update_yaxes(title_text="probability")


def spread_figure(titles: list[str], bars: dict[str, np.ndarray]) -> go.Figure:
    """Of each model's trainings the mean, and a line from the lowest to the highest: models x these three."""
    figure = blank(height=400, margin={"t": 60})
    for (name, values), colour in zip(bars.items(), COLOURS, strict=False):
        mean, lowest, highest = values.T
        figure.add_trace(
            go.Bar(
                x=titles,
                y=mean,
                name=name,
                marker_color=colour,
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": highest - mean,
                    "arrayminus": mean - lowest,
                },
            )
        )
    figure.update_yaxes(title_text="top-1 accuracy", tickformat=".0%", range=[0, 1.05])
    return figure
