"""The tab *Step by step*: all tensors of a layer, one of them, and one number of it."""

from functools import partial

from explorer.analysis.cell_product import cell_product
from explorer.analysis.self_attention_results import AllSteps, OneStep
from explorer.figures.self_attention import step_figure
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.self_attention.controls import CHANGED, SEEN, Controls
from explorer.views.self_attention.subject import attention_of, subject, subject_title, weights

HEAD = (*SEEN, "layer", "query", *CHANGED, "head")
steps_tab = partial(panel, tab="steps", weights=weights, subject=subject_title("layer", "head"))


def columns_of(controls: Controls, scope: Scope) -> tuple[str, ...]:
    """What the columns of the selected step are called."""
    step = attention_of(controls, scope).step(controls.stage, controls.head - 1)
    if step.over_tokens:
        return subject(controls, scope).names
    return tuple(str(column + 1) for column in range(step.values.shape[1]))


def _column(controls: Controls, columns: int) -> int:
    return min(controls.column, columns) - 1


@steps_tab("overview", "All steps", uses=HEAD)
def overview_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        AllSteps(attention_of(controls, scope), controls.head - 1),
        "Every tensor between the layer's input and its output. Rows are tokens; the query's is outlined.",
        query=controls.query - 1,
        names=subject(controls, scope).names,
    )


@steps_tab("step", "One step", uses=(*HEAD, "stage", "column"), click=("query", "column"))
def step_panel(controls: Controls, scope: Scope) -> Drawing:
    attention, head = attention_of(controls, scope), controls.head - 1
    step = attention.step(controls.stage, head)
    across = "tokens attended to" if step.over_tokens else "dimensions"
    figure = step_figure(
        attention,
        controls.stage,
        head=head,
        query=controls.query - 1,
        column=_column(controls, step.values.shape[1]),
        names=subject(controls, scope).names,
        click=True,
    )
    return draw(
        OneStep(step), f"{step.formula}. Rows are tokens, columns {across}; click a cell.", figure=figure
    )


@steps_tab("product", "One number: two vectors", uses=(*HEAD, "stage", "column"))
def product_panel(controls: Controls, scope: Scope) -> Drawing:
    selected, attention = subject(controls, scope), attention_of(controls, scope)
    row, head = controls.query - 1, controls.head - 1
    column = _column(controls, attention.step(controls.stage, head).values.shape[1])
    product = cell_product(attention, selected.module, controls.stage, head=head, row=row, column=column)
    left, right = (
        name if token is None else f"{name} of “{selected.names[token]}”"
        for name, token in zip((product.left_name, product.right_name), product.of_tokens, strict=True)
    )
    numbers = product.numbers()
    if controls.stage in ("products", "scaled", "weights"):
        numbers["scaled"] = (float(attention.scaled[head, row, column]), "")
        numbers["after the softmax"] = (float(attention.weights[head, row, column]), "")
    return draw(
        product,
        f"{left} · {right}, the cell in row “{selected.names[row]}”, column {column + 1}, of the step {controls.stage}.",
        numbers=numbers,
        left=left,
        right=right,
    )
