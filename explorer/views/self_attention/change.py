"""The tab *Intervene*: the model's prediction, and how far tokens move, when a layer is computed otherwise."""

from functools import partial

from explorer.analysis.answer_change import answer_change
from explorer.analysis.self_attention_results import TokensMoved
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.self_attention.controls import CHANGED, SEEN, Controls
from explorer.views.self_attention.subject import attention_of, on_words, subject, subject_title, weights

change_tab = partial(
    panel,
    tab="change",
    uses=(*SEEN, "layer", "query", *CHANGED),
    weights=weights,
    subject=subject_title("layer"),
)


@change_tab("answer", "Prediction before and after")
def answer_panel(controls: Controls, scope: Scope) -> Drawing:
    selected, attention = subject(controls, scope), attention_of(controls, scope)
    before, after = attention.prediction, attention.prediction_changed
    assert before is not None
    assert after is not None
    what = "Classes of highest probability"
    if on_words(controls):
        place = controls.query - 1 if selected.gap is None else selected.gap
        before, after = before[place], after[place]
        what = f"Words of highest probability at “{selected.names[place]}”, place {place + 1}"
    return draw(answer_change(before, after, selected.answers), f"{what}, before and after the change.")


@change_tab("moved", "Change of each token's output")
def moved_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        TokensMoved(attention_of(controls, scope), subject(controls, scope).names),
        "How far the change moves each token's output of the layer, relative to its length.",
    )
