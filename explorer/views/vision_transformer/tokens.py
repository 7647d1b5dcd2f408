"""The tab *From picture to tokens*: patches, their embedding, positions, and the sequence."""

from explorer.analysis.tokens import Tokens, patch_filters, positions, tokenise
from explorer.figures.tokens import steps_figure
from explorer.geometry import Cell
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.vision_transformer.controls import Controls
from explorer.views.vision_transformer.subject import INPUT, look_at


def _tokens(controls: Controls, scope: Scope) -> Tokens:
    look = look_at(controls, scope)
    return tokenise(look.model, look.shown)


@panel("patches", "Patches", tab="tokens", uses=INPUT)
def patches_panel(controls: Controls, scope: Scope) -> Drawing:
    result = _tokens(controls, scope)
    grid = result.tokens.grid
    return draw(result, f"The input cut into {grid.rows} × {grid.columns} patches.", click=False)


@panel("filters", "Embedding filters", tab="tokens", uses=("model", "trained"))
def filters_panel(controls: Controls, scope: Scope) -> Drawing:
    result = patch_filters(scope.model())
    return draw(result, f"Principal components of the {len(result.weights)} patch filters.")


@panel(
    "positions", "Similarity of positional encodings", tab="tokens",
    uses=("model", "trained", "row", "column"), click=("row", "column"),
)  # fmt: skip
def positions_panel(controls: Controls, scope: Scope) -> Drawing:
    result = positions(scope.model()).at(Cell(controls.row - 1, controls.column - 1))
    place = f"({controls.row}, {controls.column})"
    return draw(result, f"Cosine similarity of the positional encoding of patch {place} with every other.")


@panel("sequence", "Token sequence", tab="tokens", uses=INPUT)
def sequence_panel(controls: Controls, scope: Scope) -> Drawing:
    result = _tokens(controls, scope)
    return draw(
        result,
        "The steps to the sequence that enters the first block, with the shape after each.",
        figure=steps_figure(result),
        arrays={"sequence": (result.sequence, "1")},
        numbers={step.name: (" × ".join(map(str, step.shape)), "") for step in result.steps},
        alt="Steps with the shape after each: "
        + "; ".join(f"{step.name} {' × '.join(map(str, step.shape))}" for step in result.steps)
        + ".",
    )
