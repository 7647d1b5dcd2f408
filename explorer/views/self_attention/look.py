"""The part *Who looks where*: lines between words, or weights on the photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.export.drawing import Drawing
from explorer.views.self_attention.controls import Controls
from explorer.views.self_attention.subject import Subject, attention_of, on_words, said, subject

if TYPE_CHECKING:
    from explorer.analysis.attention import AttentionMaps
    from explorer.analysis.self_attention import SelfAttention
    from explorer.views.scope import Scope

__all__ = ["draw_heads", "draw_look"]

FEW = 4
"""Up to so many heads have room in two columns."""


def _maps(found: Subject, attention: SelfAttention, query: int) -> AttentionMaps:
    from explorer.analysis.attention import AttentionMaps

    return AttentionMaps(
        attention.weights[:, query], attention.layer, attention.layer_name, query, found.tokens
    )


def draw_look(controls: Controls, scope: Scope) -> Drawing:
    """The query's weights in one head."""
    from explorer.figures.attention_steps import tokens_to_click
    from explorer.figures.self_attention import lines_figure

    found, attention = subject(controls, scope), attention_of(controls, scope)
    query, head = controls.query - 1, controls.head - 1
    row = attention.weights[head, query]
    largest = found.names[int(row.argmax())]
    if found.tokens is None or found.frame is None:
        figure = lines_figure(
            attention, query=query, heads=[head], names=found.names, right_to_left=found.right_to_left
        )
    else:
        figure = (
            _maps(found, attention, query)
            .row(head)
            .figure(picture=found.pixels, frame=found.frame, click=False)
        )
        tokens_to_click(figure, found.tokens, found.frame, found.tokens.map(row))
    return Drawing(
        figure=figure,
        data={"weights": row},
        units={"weights": "share of the row"},
        caption=f"{_what(controls)} {said(controls, found, 'layer', 'head')}. Click a token to let it look.",
        alt=f"“{found.names[query]}” looks most at “{largest}”, with a weight of {row.max():.3f}.",
        numbers={"largest weight": (float(row.max()), f"on “{largest}”"), "sum": (float(row.sum()), "")},
    )


def draw_heads(controls: Controls, scope: Scope) -> Drawing:
    """The query's weights in every head of the layer."""
    from explorer.figures.self_attention import lines_figure

    found, attention = subject(controls, scope), attention_of(controls, scope)
    query = controls.query - 1
    rows = attention.weights[:, query]
    if found.tokens is None or found.frame is None:
        figure = lines_figure(
            attention,
            query=query,
            names=found.names,
            columns=2 if attention.heads <= FEW else 3,
            right_to_left=found.right_to_left,
        )
    else:
        figure = _maps(found, attention, query).figure(picture=found.pixels, frame=found.frame)
    return Drawing(
        figure=figure,
        data={"weights": rows},
        units={"weights": "share of the row"},
        caption=f"{_what(controls)} {said(controls, found, 'layer')}; every head.",
        alt=f"{len(rows)} heads side by side; “{found.names[query]}” looks most at "
        + ", ".join(f"“{found.names[int(row.argmax())]}”" for row in rows)
        + ".",
        numbers={
            f"head {head + 1}": (f"{found.names[int(row.argmax())]} {row.max():.2f}", "")
            for head, row in enumerate(rows)
        },
    )


def _what(controls: Controls) -> str:
    if on_words(controls):
        return "Upper row: the word being read. Lower row: what it looks at; a line's opacity is the weight:"
    return "Weights of the query's row on the photograph:"
