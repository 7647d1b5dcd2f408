"""Self-attention drawn: each step as a heatmap, and the article's lines from a word to its context."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.self_attention import SelfAttention
from explorer.figures.style import ACCENT, COLOURS, blank, colour_scale, rgba, styled

__all__ = ["lines_figure", "moved_figure", "step_figure"]

SIGNED = "value"
UNITS = {"products": "product", "scaled": "score", "weights": "share of the row"}
NAMED = 40
"""Up to so many tokens their names stand at the axes."""


def step_figure(
    attention: SelfAttention,
    step: str = "weights",
    *,
    head: int = 0,
    query: int = 0,
    names: Sequence[str] = (),
) -> go.Figure:
    """One step as a heatmap, a row for each token; the chosen query's row is outlined.

    `names` are the tokens' words. Entries that a mask hides are left empty.
    """
    shown = attention.step(step, head)
    values = np.where(np.isfinite(shown.values), shown.values, np.nan)
    rows, columns = values.shape
    signed = step != "weights"
    scale = colour_scale(values, unit=UNITS.get(step, SIGNED), diverging=signed)
    labels = _labels(names, rows)
    across = labels if shown.over_tokens else [str(column + 1) for column in range(columns)]
    named = shown.over_tokens
    figure = blank(height=min(620, max(320, 120 + 22 * rows)))
    figure.add_trace(
        go.Heatmap(
            z=values,
            x=np.arange(columns),
            y=np.arange(rows),
            coloraxis="coloraxis",
            customdata=np.array(
                [[f"{down} → {over}" if named else f"{down}, {over}" for over in across] for down in labels]
            ),
            hovertemplate="%{customdata}<br>%{z:.4g}<extra></extra>",
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
    size = f"{attention.heads} heads × " if getattr(attention, step).ndim == 3 else ""
    said = f", head {head + 1}" if size else ""
    figure.update_layout(
        title_text=f"{shown.formula} · {size}{rows} × {columns}{said}",
        coloraxis=scale.axis(),
        margin={"b": 76},
    )
    figure.update_yaxes(autorange="reversed", title_text="query" if named else "token", **_ticks(labels))
    figure.update_xaxes(
        title_text="key" if named else "dimension", side="top", **(_ticks(labels) if named else {})
    )
    return figure


def lines_figure(
    attention: SelfAttention,
    *,
    query: int = 0,
    heads: Sequence[int] | None = None,
    names: Sequence[str] = (),
    columns: int = 2,
) -> go.Figure:
    """Upper row the word being read, lower row the context, a line's opacity its weight; a panel for each head."""
    chosen = tuple(range(attention.heads)) if heads is None else tuple(heads)
    wide = min(columns, len(chosen))
    deep = -(-len(chosen) // wide)
    figure = make_subplots(
        deep,
        wide,
        subplot_titles=[f"head {head + 1}" for head in chosen],
        horizontal_spacing=0.04,
        vertical_spacing=0.1 / deep,
    )
    labels = _labels(names, attention.tokens)
    for number, head in enumerate(chosen):
        at = {"row": number // wide + 1, "col": number % wide + 1}
        for key, weight in enumerate(attention.weights[head, query]):
            figure.add_trace(
                go.Scatter(
                    x=[query, key],
                    y=[1, 0],
                    mode="lines",
                    line={
                        "color": rgba(COLOURS[number % len(COLOURS)], float(np.clip(weight, 0, 1))),
                        "width": 4,
                    },
                    hoverinfo="skip",
                    name=f"{weight:.6g}",
                ),
                **at,
            )
        for height, place in ((1, "bottom center"), (0, "top center")):
            _words(figure, attention, labels, query=query, head=head, height=height, place=place, at=at)
    figure.update_xaxes(visible=False, range=[-0.8, attention.tokens - 0.2])
    figure.update_yaxes(visible=False, range=[-0.45, 1.45])
    return styled(figure, height=40 + 240 * deep).update_layout(showlegend=False, margin={"t": 40})


def moved_figure(attention: SelfAttention, *, names: Sequence[str] = ()) -> go.Figure:
    """How far a change moved each token's output of the layer, as a share of its length."""
    labels = _labels(names, attention.tokens)
    figure = blank(height=300)
    figure.add_trace(
        go.Bar(
            x=np.arange(attention.tokens),
            y=attention.moved,
            marker={"color": COLOURS[0]},
            customdata=labels,
            hovertemplate="%{customdata}: %{y:.3g}<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="token", **_ticks(labels))
    figure.update_yaxes(title_text="change of the output / its length", rangemode="tozero")
    return figure


def _words(
    figure: go.Figure,
    attention: SelfAttention,
    labels: Sequence[str],
    *,
    query: int,
    head: int,
    height: int,
    place: str,
    at: dict[str, int],
) -> None:
    """A row of words; of the upper one only the word being read stands out."""
    named = attention.tokens <= NAMED
    weights = attention.weights[head, query]
    for token, label in enumerate(labels if named else ()):
        read = height == 1 and token == query
        figure.add_annotation(
            x=token,
            y=height,
            text=f"<b>{_escaped(label)}</b>" if read else _escaped(label),
            textangle=-50 if attention.tokens > 6 else 0,
            showarrow=False,
            yshift=22 if height else -22,
            opacity=1.0 if read or not height else 0.45,
            font={"size": 12, "color": ACCENT} if read else {"size": 12},
            **at,
        )
    figure.add_trace(
        go.Scatter(
            x=np.arange(attention.tokens),
            y=np.full(attention.tokens, height),
            mode="markers",
            marker={
                "size": 6,
                "color": [ACCENT if height and t == query else COLOURS[5] for t in range(len(labels))],
            },
            customdata=list(zip(labels, weights.tolist(), strict=True)),
            hovertemplate="%{customdata[0]}<extra></extra>"
            if height
            else "%{customdata[0]}: %{customdata[1]:.4f}<extra></extra>",
        ),
        **at,
    )


def _labels(names: Sequence[str], count: int) -> list[str]:
    return list(names) if len(names) == count else [str(token + 1) for token in range(count)]


def _ticks(labels: Sequence[str]) -> dict[str, object]:
    if len(labels) > NAMED:
        return {}
    return {"tickvals": list(range(len(labels))), "ticktext": [_escaped(label) for label in labels]}


def _escaped(text: str) -> str:
    """A visitor's word is never markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
