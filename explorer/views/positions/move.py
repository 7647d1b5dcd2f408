"""The tab *Shuffled patches*: the same patches at other places, and which predictions change."""

from functools import partial

from explorer.analysis.moved_patches import attention_moved, moved, shuffled
from explorer.analysis.position_results import PredictionsMoved
from explorer.data.digits import digit_input
from explorer.formatting import percent
from explorer.models.position_vit import CODES
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.positions.controls import Controls
from explorer.views.positions.models import of_encoding, training_title, weights_of

SHUFFLED = ("seed", "trained", "digit", "share", "shuffle")
move_tab = partial(panel, tab="move")


@move_tab(
    "patches", "The same patches at other places", wide=True,
    uses=("encoding", *SHUFFLED, "row", "column", "layer", "head"), weights=weights_of(),
    subject=lambda controls, scope: f"{CODES[controls.encoding]}, {training_title(controls)}",
)  # fmt: skip
def patches_panel(controls: Controls, scope: Scope) -> Drawing:
    model, module = of_encoding(controls.encoding, controls, scope)
    x, label = digit_input(controls.digit)
    result = attention_moved(
        module,
        x.to(model.device),
        order=shuffled(64, controls.share, seed=controls.shuffle),
        query=(controls.row - 1) * 8 + controls.column - 1,
        layer=controls.layer - 1,
        head=controls.head - 1,
    )
    return draw(
        result,
        f"Held-out digit {controls.digit} (a {label}), {percent(controls.share)} of its patches shuffled; attention of the patch "
        f"of row {controls.row}, column {controls.column}, wherever it has gone: layer {controls.layer}, head "
        f"{controls.head}.",
    )


@move_tab(
    "answers", "Predictions before and after", uses=SHUFFLED, weights=weights_of(*CODES),
    subject=lambda controls, scope: f"{training_title(controls)} of each",
)  # fmt: skip
def answers_panel(controls: Controls, scope: Scope) -> Drawing:
    order = shuffled(64, controls.share, seed=controls.shuffle)
    models, label = {}, 0
    for encoding, title in CODES.items():
        model, module = of_encoding(encoding, controls, scope)
        x, label = digit_input(controls.digit)
        models[title] = moved(module, x.to(model.device), order=order)
    return draw(
        PredictionsMoved(models, label),
        f"Probability of the true class of held-out digit {controls.digit} before and after {percent(controls.share)} of its "
        "patches are shuffled.",
    )
