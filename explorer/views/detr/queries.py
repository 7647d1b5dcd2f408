"""The tab *Queries*: one object query, its box in every layer, and its attention to the picture and the other queries."""

from functools import partial

from explorer.analysis.attribution.within_box import relevance_within_box
from explorer.analysis.detection_results import Predictions
from explorer.analysis.query_attention import cross_attention, query_attention
from explorer.figures.detection import cells_figure
from explorer.figures.pipeline import queries_table
from explorer.geometry import Box
from explorer.views.controls import describe
from explorer.views.detr.controls import PREDICTED, Controls
from explorer.views.detr.lens import ATTENTION
from explorer.views.detr.seen import SEEN, TRUTH, Seen, head_of, known_truth, relevance_of, see
from explorer.views.panel import Drawing, Scope, draw, panel

WIDTH = 430
"""Of two figures that stand side by side, in pixels."""
queries_tab = partial(panel, tab="queries")


def _predictions(controls: Controls, seen: Seen) -> Predictions:
    return seen.sight.predictions(threshold=controls.threshold, layer=controls.layer - 1)


def _box_by_layer(controls: Controls, seen: Seen) -> list[Box]:
    layers = range(seen.sight.decoder_layers)
    return [seen.sight.predictions(layer=layer).box(controls.query) for layer in layers]


@queries_tab(
    "cross-attention", "Cross-attention of the query", wide=True, lens=ATTENTION, uses=(*SEEN, "query", "head"),
)  # fmt: skip
def cross_attention_panel(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    maps, head = cross_attention(seen.sight, controls.query), head_of(controls)
    return draw(
        maps.by_layer(head),
        f"Cross-attention of query {controls.query} in every decoder layer, {describe(controls, ('head',))}; the outline "
        "is the query's box after that layer.",
        figure=maps.figure(**seen.on_picture, head=head, boxes=_box_by_layer(controls, seen)),
    )


@queries_tab(
    "queries", "Queries on the picture", uses=(*TRUTH, "threshold", "layer", "query", "rejected"),
    click=("query",), first=0,
)  # fmt: skip
def queries_panel(controls: Controls, scope: Scope) -> Drawing:
    seen, query = see(controls, scope), controls.query
    result, truth = _predictions(controls, seen), known_truth(controls, scope, seen)
    name, score = result.name(query), float(result.scores[query])
    figure = result.figure(
        **seen.on_picture, truth=truth, chosen=query, all_queries=controls.rejected, click=True
    )
    return draw(
        result,
        f"Boxes after decoder layer {controls.layer}, threshold {controls.threshold:g}; query {query} ({name}, score "
        f"{score:.2f}) in strong colour, true boxes dotted. {result.sentence}",
        figure=figure.update_layout(height=seen.height(WIDTH)),
        numbers={
            **result.numbers(),
            f"query {query}": (name, ""),
            "score": (score, ""),
            "“no object”": (float(result.probs[query, -1]), ""),
        },
    )


@queries_tab("table", "All queries", uses=(*SEEN, "threshold", "layer", "query"), rows="query")
def table_panel(controls: Controls, scope: Scope) -> Drawing:
    result = _predictions(controls, see(controls, scope))
    return draw(
        result,
        f"All queries after decoder layer {controls.layer}, threshold {controls.threshold:g}: those that are kept and "
        "those that predict “no object”. Boxes in photograph pixels.",
        figure=queries_table(result, chosen=controls.query),
        numbers={},
        alt="A table with a row for each query: class, score, probability of no object, kept or not, and box.",
    )


@queries_tab("trajectory", "Box after each decoder layer", uses=(*SEEN, "query"))
def trajectory_panel(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    result = seen.sight.trajectory(controls.query)
    return draw(
        result,
        f"The box of query {controls.query} after every decoder layer, the last one solid.",
        figure=result.figure(**seen.on_picture).update_layout(height=seen.height(WIDTH)),
    )


@queries_tab("convergence", "Convergence of the query", uses=(*SEEN, "query"))
def convergence_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        see(controls, scope).sight.trajectory(controls.query).convergence,
        f"Query {controls.query} through the decoder: its score, its probability of “no object”, and the overlap of its "
        "box with the last one.",
    )


@queries_tab("relevance", "Relevance for this query", wide=True, uses=(*SEEN, "threshold", "query", "target"))
def relevance_panel(controls: Controls, scope: Scope) -> Drawing:
    seen, query = see(controls, scope), controls.query
    target = None if controls.target == PREDICTED else seen.sight.classes.index(controls.target)
    relevance = relevance_of(seen, query, target)
    result = relevance_within_box(relevance, seen.sight, query)
    figure = cells_figure(
        result.values,
        seen.sight.grid,
        **seen.on_picture,
        unit=relevance.unit,
        boxes=[result.box],
        click=False,
    )
    return draw(
        result,
        f"Relevance for the “{result.name}” of query {query}, through the decoder and the encoder; the outline is the "
        "query's last box.",
        figure=figure.update_layout(height=seen.height(WIDTH, besides=70)),
    )


@queries_tab("self", "Self-attention between queries", uses=(*SEEN, "threshold", "query", "layer", "head"))
def self_panel(controls: Controls, scope: Scope) -> Drawing:
    seen = see(controls, scope)
    result, answers = (
        query_attention(seen.sight, controls.layer - 1, head=head_of(controls)),
        _predictions(controls, seen),
    )
    names = [
        answers.name(query) if selected else "" for query, selected in enumerate(answers.selected.tolist())
    ]
    return draw(
        result,
        f"Self-attention between the queries, {describe(controls, ('layer', 'head'))}; the row of query "
        f"{controls.query} is outlined. {result.note}".strip(),
        numbers=result.of_query(controls.query),
        names=names,
        chosen=controls.query,
    )
