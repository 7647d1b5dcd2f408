"""The tab *Attention*: one query in one head, in every head, and how far heads attend."""

from __future__ import annotations

from explorer.analysis.attention import AttentionMaps, as_fusion, attention_maps
from explorer.analysis.heads import head_statistics
from explorer.analysis.prediction import prediction
from explorer.export.drawing import Drawing
from explorer.geometry import Cell
from explorer.views.controls import describe
from explorer.views.panel import draw, panel
from explorer.views.scope import Look, Scope
from explorer.views.vision_transformer.controls import Controls

INPUT = ("picture", "fit", "model", "trained")
QUERY = ("token", "row", "column")


def look_at(controls: Controls, scope: Scope) -> Look:
    return scope.look("model", controls.fit)


def query_of(controls: Controls) -> Cell | str:
    return Cell(controls.row - 1, controls.column - 1) if controls.token == "patch" else controls.token


def query_title(controls: Controls) -> str:
    place = f"patch ({controls.row}, {controls.column})"
    return f"query {place}" if controls.token == "patch" else f"query: the {controls.token} token"


def _maps(controls: Controls, look: Look) -> AttentionMaps:
    return attention_maps(look.observation, controls.layer - 1, query=query_of(controls))


@panel(
    "head", "Attention of one query", tab="attention", uses=(*INPUT, "layer", "head", *QUERY, "log"),
    click=("row", "column"), click_also={"token": "patch"},
)  # fmt: skip
def head_panel(controls: Controls, scope: Scope) -> Drawing:
    look = look_at(controls, scope)
    head = int(controls.head) - 1 if controls.head.isdecimal() else as_fusion(controls.head)
    row = _maps(controls, look).row(head)
    caption = f"Attention: {describe(controls, ('layer', 'head'))}, {query_title(controls)}."
    return draw(row, caption, **look.on_picture, log=controls.log)


@panel("heads", "All heads", tab="attention", uses=(*INPUT, "layer", *QUERY, "log"))
def heads_panel(controls: Controls, scope: Scope) -> Drawing:
    look = look_at(controls, scope)
    caption = f"Attention in every head of layer {controls.layer}, {query_title(controls)}; one colour scale for all."
    return draw(_maps(controls, look), caption, **look.on_picture, log=controls.log)


@panel("distance", "Mean attention distance", tab="attention", uses=INPUT)
def distance_panel(controls: Controls, scope: Scope) -> Drawing:
    statistics = head_statistics(look_at(controls, scope).observation)
    return draw(statistics, "Mean attention distance of each head, by layer.")


@panel("prediction", "Prediction", uses=INPUT)
def prediction_panel(controls: Controls, scope: Scope) -> Drawing:
    look = look_at(controls, scope)
    return draw(prediction(look.observation.output, look.model.classes), "Classes of highest probability.")
