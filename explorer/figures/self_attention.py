"""Self-attention drawn: each step as a heatmap, and the article's lines from a word to its context."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.self_attention import SelfAttention
from explorer.figures import plot
from explorer.figures.style import ACCENT, COLOURS, TAKES_CLICKS, UNSEEN, blank, colour_scale, rgba, styled

__all__ = ["lines_figure", "step_figure", "tick_labels", "token_labels"]

SIGNED = "value"
UNITS = {"products": "product", "scaled": "score", "weights": "share of the row"}
MOST_CELLS = 10_000
"""Up to so many cells can be clicked."""
SLANTED = 6
"""From so many words on they would run into each other if they were level."""
NAMED = 40
"""Up to so many tokens their names stand at the axes."""


@plot.register(SelfAttention)
def step_figure(
    attention: SelfAttention,
    step: str = "weights",
    *,
    head: int = 0,
    query: int = 0,
    column: int | None = None,
    names: Sequence[str] = (),
    click: bool = False,
) -> go.Figure:
    """One step as a heatmap, a row for each token; the chosen query's row is outlined, and with `column` a cell of it.

    `names` are the tokens' words. Entries that a mask hides are left empty. `click` adds markers whose customdata
    is (row, column); of a large step the query's row alone can be clicked.
    """
    shown = attention.step(step, head)
    values = np.where(np.isfinite(shown.values), shown.values, np.nan)
    rows, columns = values.shape
    signed = step != "weights"
    scale = colour_scale(values, unit=UNITS.get(step, SIGNED), diverging=signed)
    labels = token_labels(names, rows)
    across = labels if shown.over_tokens else [str(column + 1) for column in range(columns)]
    named = shown.over_tokens
    if rows * columns <= MOST_CELLS:
        place = "%{customdata}"
        cells = np.array(
            [[f"{down} → {over}" if named else f"{down}, {over}" for over in across] for down in labels]
        )
    else:  # Two words in each of many cells would weigh ten times the values: their numbers, as on the axes.
        place = f"%{{customdata[0]}}{' →' if named else ','} %{{customdata[1]}}"
        cells = np.stack(list(np.mgrid[1 : rows + 1, 1 : columns + 1]), -1).astype(np.int16)
    figure = blank(height=min(620, max(320, 120 + 22 * rows)))
    figure.add_trace(
        go.Heatmap(
            z=values,
            x=np.arange(columns),
            y=np.arange(rows),
            coloraxis="coloraxis",
            customdata=cells,
            hovertemplate=f"{place}<br>%{{z:.3g}}<extra></extra>",
            name=step,
        )
    )
    figure.add_shape(
        type="rect",
        x0=-0.5,
        x1=columns - 0.5,
        y0=query - 0.5,
        y1=query + 0.5,
        line={"color": ACCENT, "width": 2},
    )
    if column is not None:
        figure.add_shape(
            type="rect",
            x0=column - 0.5,
            x1=column + 0.5,
            y0=query - 0.5,
            y1=query + 0.5,
            line={"color": ACCENT, "width": 4},
        )
    if click:
        _clickable(figure, rows, columns, query)
    size = f"{attention.heads} heads × " if getattr(attention, step).ndim == 3 else ""
    head_label = f", head {head + 1}" if size else ""
    # The title, the axis's name and words that lean have room above one another.
    top = 118 if named else 84
    figure.update_layout(
        title_text=f"{shown.formula} · {size}{rows} × {columns}{head_label}",
        coloraxis=scale.axis(),
        margin={"b": 76, "t": top},
        height=figure.layout.height + top - 40,
    )
    figure.update_yaxes(title_text="query" if named else "token", range=[rows - 0.5, -0.5], **_ticks(labels))
    figure.update_xaxes(
        title_text="key" if named else "dimension",
        side="top",
        range=[-0.5, columns - 0.5],
        **(_ticks(labels) if named else _numbered(columns)),
    )
    return figure


def lines_figure(
    attention: SelfAttention,
    *,
    query: int = 0,
    heads: Sequence[int] | None = None,
    names: Sequence[str] = (),
    columns: int = 2,
    right_to_left: bool = False,
) -> go.Figure:
    """Upper row the word being read, lower row the context, a line's opacity its weight; a panel for each head.

    A click on a word gives its place as customdata.
    """
    chosen = tuple(range(attention.heads)) if heads is None else tuple(heads)
    wide = min(columns, len(chosen))
    deep = -(-len(chosen) // wide)
    figure = make_subplots(
        deep,
        wide,
        subplot_titles=[f"head {head + 1}" for head in chosen],
        horizontal_spacing=0.04,
        vertical_spacing=0.18 / deep,
    )
    labels = token_labels(names, attention.tokens)
    lines: list[go.Scatter] = []
    words: list[dict[str, object]] = []
    for number, head in enumerate(chosen):
        weights = attention.weights[head, query]
        place = {"xaxis": f"x{number + 1 if number else ''}", "yaxis": f"y{number + 1 if number else ''}"}
        colour = COLOURS[head % len(COLOURS)]
        lines += [
            go.Scatter(
                x=[query, key],
                y=[1, 0],
                mode="lines",
                line={"color": rgba(colour, float(np.clip(weight, 0, 1))), "width": 4},
                hoverinfo="skip",
                name=f"{weight:.6g}",
                **place,
            )
            for key, weight in enumerate(weights)
        ]
        for height in (1, 0):
            lines.append(_row_of_words(labels, weights, query=query, height=height, place=place))
            if attention.tokens <= NAMED:
                words += _said(labels, query=query, height=height, place=place)
    # All at once: each addition to a figure checks again everything that it holds.
    figure.add_traces(lines)
    figure.layout.annotations = (*figure.layout.annotations, *map(go.layout.Annotation, words))
    ends = [-0.8, attention.tokens - 0.2]
    figure.update_xaxes(visible=False, range=ends[::-1] if right_to_left else ends)
    figure.update_yaxes(visible=False, range=[-0.45, 1.45])
    figure.update_layout(clickmode="event+select", dragmode=False)
    return styled(figure, height=40 + 260 * deep).update_layout(showlegend=False, margin={"t": 40})


def _said(
    labels: Sequence[str], *, query: int, height: int, place: dict[str, str]
) -> list[dict[str, object]]:
    """A row of words; of the upper one only the word being read stands out."""
    annotations: list[dict[str, object]] = []
    for token, label in enumerate(labels):
        read = height == 1 and token == query
        annotations.append(
            {
                "x": token,
                "y": height,
                "xref": place["xaxis"],
                "yref": place["yaxis"],
                "text": f"<b>{_escaped(label)}</b>" if read else _escaped(label),
                "textangle": -50 if len(labels) > SLANTED else 0,
                "showarrow": False,
                "yshift": 26 if height else -26,
                "opacity": 1.0 if read or not height else 0.45,
                "font": {"size": 14, "color": ACCENT} if read else {"size": 14},
            }
        )
    return annotations


def _row_of_words(
    labels: Sequence[str], weights: np.ndarray, *, query: int, height: int, place: dict[str, str]
) -> go.Scatter:
    """The words' points, which take clicks."""
    hover = "%{customdata[1]}" if height else "%{customdata[1]}: %{customdata[2]:.3g}"
    return go.Scatter(
        x=np.arange(len(labels)),
        y=np.full(len(labels), height),
        mode="markers",
        marker={
            "size": 8,
            "color": [ACCENT if height and token == query else COLOURS[5] for token in range(len(labels))],
        },
        customdata=list(zip(range(len(labels)), labels, weights.tolist(), strict=True)),
        hovertemplate=hover + "<extra></extra>",
        **place,
    )


def _clickable(figure: go.Figure, rows: int, columns: int, query: int) -> None:
    """Plotly lets a heatmap not be clicked: unseen points over its cells do."""
    down = np.arange(rows) if rows * columns <= MOST_CELLS else np.array([query])
    at, across = (axis.ravel() for axis in np.meshgrid(down, np.arange(columns), indexing="ij"))
    figure.add_trace(
        go.Scatter(
            x=across,
            y=at,
            **UNSEEN,
            customdata=np.stack([at, across], -1).tolist(),
            hoverinfo="none",
            name="cells",
        )
    )
    figure.update_layout(TAKES_CLICKS)


def token_labels(names: Sequence[str], count: int) -> list[str]:
    """Their words, or their places from 1."""
    return list(names) if len(names) == count else [str(token + 1) for token in range(count)]


def tick_labels(names: Sequence[str], count: int) -> dict[str, object]:
    """Ticks of an axis of so many tokens: their words, or their places from 1."""
    return _ticks(token_labels(names, count))


def _ticks(labels: Sequence[str]) -> dict[str, object]:
    if len(labels) > NAMED:
        return _numbered(len(labels))
    return {"tickvals": list(range(len(labels))), "ticktext": [_escaped(label) for label in labels]}


def _numbered(count: int) -> dict[str, object]:
    """Some places of an axis, counted from 1."""
    every = next((step for step in (1, 5, 10, 50, 100) if count <= 14 * step), 500)
    shown = sorted({1, *range(every, count + 1, every)})
    return {"tickvals": [place - 1 for place in shown], "ticktext": [str(place) for place in shown]}


def _escaped(text: str) -> str:
    """A visitor's word is never markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
