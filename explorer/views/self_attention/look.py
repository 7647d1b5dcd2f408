"""The tab *Attention weights*: lines between words, or weights on the photograph."""

from functools import partial

from explorer.analysis.attention import AttentionMaps
from explorer.analysis.self_attention import SelfAttention
from explorer.analysis.self_attention_results import QueryWeights, QueryWeightsByHead
from explorer.figures.attention_steps import tokens_to_click
from explorer.figures.self_attention import lines_figure
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.self_attention.controls import CHANGED, SEEN, Controls
from explorer.views.self_attention.lens import SENTENCE
from explorer.views.self_attention.subject import (
    Subject,
    attention_of,
    on_words,
    subject,
    subject_title,
    weights,
)

SELECTED = (*SEEN, "layer", "query", *CHANGED)
FEW = 4
"""Up to so many heads have room in two columns."""
look_tab = partial(panel, tab="look", click=("query",), weights=weights, lens=SENTENCE)


def _maps(selected: Subject, attention: SelfAttention, query: int) -> AttentionMaps:
    return AttentionMaps(
        attention.weights[:, query], attention.layer, attention.layer_name, query, selected.tokens
    )


def _how_to_read(controls: Controls) -> str:
    if on_words(controls):
        return "Upper row: the query. Lower row: the words it attends to; a line's opacity is the weight"
    return "Weights of the query's row on the photograph"


@look_tab(
    "look", "Attention weights", wide=True, uses=(*SELECTED, "head"), subject=subject_title("layer", "head")
)
def look_panel(controls: Controls, scope: Scope) -> Drawing:
    selected, attention = subject(controls, scope), attention_of(controls, scope)
    query, head = controls.query - 1, controls.head - 1
    row = attention.weights[head, query]
    if selected.tokens is None or selected.frame is None:
        figure = lines_figure(
            attention, query=query, heads=[head], names=selected.names, right_to_left=selected.right_to_left
        )
    else:
        drawn = _maps(selected, attention, query).row(head)
        figure = drawn.figure(picture=selected.pixels, frame=selected.frame, click=False)
        tokens_to_click(figure, selected.tokens, selected.frame, selected.tokens.map(row))
    caption = f"{_how_to_read(controls)}. Click a token to make it the query."
    return draw(QueryWeights(row, selected.names, query), caption, figure=figure)


@look_tab("heads", "All heads", uses=SELECTED, subject=subject_title("layer"))
def heads_panel(controls: Controls, scope: Scope) -> Drawing:
    selected, attention = subject(controls, scope), attention_of(controls, scope)
    query = controls.query - 1
    if selected.tokens is None or selected.frame is None:
        figure = lines_figure(
            attention,
            query=query,
            names=selected.names,
            columns=2 if attention.heads <= FEW else 3,
            right_to_left=selected.right_to_left,
        )
    else:
        figure = _maps(selected, attention, query).figure(picture=selected.pixels, frame=selected.frame)
    result = QueryWeightsByHead(attention.weights[:, query], selected.names, query)
    return draw(result, f"{_how_to_read(controls)}; every head.", figure=figure)
