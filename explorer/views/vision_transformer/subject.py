"""What the page looks at: the picture in front of the model, and the query."""

from explorer.geometry import Cell
from explorer.views.scope import Look, Scope
from explorer.views.vision_transformer.controls import Controls

__all__ = ["INPUT", "QUERY", "look_at", "query_of", "query_title"]

INPUT = ("picture", "fit", "model", "trained")
QUERY = ("token", "row", "column")


def look_at(controls: Controls, scope: Scope) -> Look:
    return scope.look("model", controls.fit)


def query_of(controls: Controls) -> Cell | str:
    return Cell(controls.row - 1, controls.column - 1) if controls.token == "patch" else controls.token


def query_title(controls: Controls) -> str:
    place = f"patch ({controls.row}, {controls.column})"
    return f"query {place}" if controls.token == "patch" else f"query: the {controls.token} token"
