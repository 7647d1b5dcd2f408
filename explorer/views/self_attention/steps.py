"""The part *Step by step*: all tensors of a layer, one of them, and one number of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.export.drawing import Drawing
from explorer.views.self_attention.controls import Controls
from explorer.views.self_attention.subject import attention_of, said, subject

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["columns_of", "draw_overview", "draw_product", "draw_step"]

WHERE = ("layer", "head")
UNITS = {"products": "q · k", "scaled": "score", "weights": "share of the row"}


def columns_of(controls: Controls, scope: Scope) -> tuple[str, ...]:
    """What the columns of the chosen step are called."""
    step = attention_of(controls, scope).step(controls.step, controls.head - 1)
    if step.over_tokens:
        return subject(controls, scope).names
    return tuple(str(column + 1) for column in range(step.values.shape[1]))


def draw_overview(controls: Controls, scope: Scope) -> Drawing:
    """Every tensor between the layer's input and its output."""
    from explorer.analysis.self_attention import STEPS
    from explorer.figures.attention_steps import overview_figure

    found, attention = subject(controls, scope), attention_of(controls, scope)
    steps = [attention.step(name, controls.head - 1) for name in STEPS]
    shapes = ", ".join(f"{each.name} {' × '.join(map(str, each.values.shape))}" for each in steps)
    return Drawing(
        figure=overview_figure(
            attention, head=controls.head - 1, query=controls.query - 1, names=found.names
        ),
        data={each.name: each.values for each in steps},
        units=UNITS,
        caption=f"Every tensor of {said(controls, found, *WHERE)}. Rows are tokens; the query's is outlined.",
        alt=f"Ten small heatmaps in the order of the computation: {shapes}.",
        numbers={"heads": (attention.heads, ""), "d": (attention.dim, ""), "scale": (attention.scale, "")},
    )


def draw_step(controls: Controls, scope: Scope) -> Drawing:
    """One tensor."""
    from explorer.figures.self_attention import step_figure

    found, attention = subject(controls, scope), attention_of(controls, scope)
    step = attention.step(controls.step, controls.head - 1)
    column = _column(controls, step.values.shape[1])
    figure = step_figure(
        attention,
        controls.step,
        head=controls.head - 1,
        query=controls.query - 1,
        column=column,
        names=found.names,
        click=True,
    )
    across = "tokens looked at" if step.over_tokens else "dimensions"
    return Drawing(
        figure=figure,
        data={controls.step: step.values},
        units={controls.step: UNITS.get(controls.step, "1")},
        caption=f"{step.formula} of {said(controls, found, *WHERE)}. Rows are tokens, columns {across}; click a cell.",
        alt=f"A heatmap of {step.values.shape[0]} rows and {step.values.shape[1]} columns, the query's row outlined.",
    )


def draw_product(controls: Controls, scope: Scope) -> Drawing:
    """The two vectors whose product the chosen cell is."""
    from explorer.analysis.cell_product import cell_product
    from explorer.figures.cell_product import product_figure

    found, attention = subject(controls, scope), attention_of(controls, scope)
    row, head = controls.query - 1, controls.head - 1
    column = _column(controls, attention.step(controls.step, head).values.shape[1])
    product = cell_product(attention, found.module, controls.step, head=head, row=row, column=column)
    left, right = (
        name if token is None else f"{name} of “{found.names[token]}”"
        for name, token in zip((product.left_name, product.right_name), product.of_tokens, strict=True)
    )
    numbers: dict[str, tuple[float | int | str, str]] = {
        "sum of the products": (float(product.terms.sum()), "")
    }
    if product.bias:
        numbers["with the bias"] = (product.product, "")
    if controls.step in ("products", "scaled", "weights"):
        numbers["scaled"] = (float(attention.scaled[head, row, column]), "")
        numbers["after the softmax"] = (float(attention.weights[head, row, column]), "")
    return Drawing(
        figure=product_figure(product, left=left, right=right),
        data={"left": product.left, "right": product.right, "product": product.terms},
        units={},
        caption=f"{left} · {right}, the cell in row “{found.names[row]}”, column {column + 1}, of the step "
        f"{controls.step}: {said(controls, found, *WHERE)}.",
        alt=f"Bars of {len(product.left)} numbers of {left}, of {right}, and of their products, whose sum is "
        f"{product.terms.sum():.4g}.",
        numbers=numbers,
    )


def _column(controls: Controls, columns: int) -> int:
    return min(controls.column, columns) - 1
