"""The tab *Accuracy*: over all held-out digits and every training; over CIFAR-10 as measured."""

from functools import partial
from typing import Any

import numpy as np

from explorer.analysis.position_results import AccuracyByEncoding, AccuracyByShare
from explorer.models.position_vit import CODES
from explorer.recorded.digits import DIGITS, FEWER, SHARES, Question, accuracy
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.positions.controls import Controls
from explorer.views.positions.models import all_weights, cifar_weights, trainings
from explorer.zoo.measured import result

CIFAR, CIFAR_SIDE = "measure positions --data DATA", 48
compare_tab = partial(panel, tab="compare")


def _accuracies(controls: Controls, scope: Scope, questions: list[Question]) -> dict[str, np.ndarray]:
    """Of every training on each question: title → trainings x questions."""
    accuracies: dict[str, np.ndarray] = {}
    for number, (encoding, title) in enumerate(CODES.items()):
        models = trainings(encoding, controls, scope)
        accuracies[title] = np.array(
            [[accuracy(model, question) for question in questions] for model in models]
        )
        scope.progress((number + 1) / len(CODES))
    return accuracies


def _digits(accuracies: dict[str, np.ndarray], digits: int) -> str:
    seeds = min(len(values) for values in accuracies.values())
    return f"{digits} held-out digits, {seeds} training{'s' if seeds > 1 else ''} of each"


def _spread(table: dict[str, list[Any]], caption: str, *, side: int) -> Drawing:
    """Mean, lowest and highest of each encoding's trainings: as trained, without encoding, resized to that side."""
    conditions = ("as trained", "no positional encoding", f"{side} × {side} pixels")
    values = np.array(list(table.values()), float)
    return draw(AccuracyByEncoding(tuple(table), values, conditions), caption)


@compare_tab(
    "accuracy", "Accuracy with and without positional encoding", uses=("trained", "side"), weights=all_weights
)
def accuracy_panel(controls: Controls, scope: Scope) -> Drawing:
    questions = [Question(DIGITS), Question(DIGITS, coded=False), Question(DIGITS, side=controls.side)]
    accuracies = _accuracies(controls, scope, questions)
    seeds = min(len(values) for values in accuracies.values())
    table = {
        title: [(column.mean(), column.min(), column.max()) for column in values[:seeds].T]
        for title, values in accuracies.items()
    }
    return _spread(
        table,
        f"Top-1 accuracy as trained, without positional encoding, and with pictures resized to {controls.side} × "
        f"{controls.side} and the positions interpolated: {_digits(accuracies, DIGITS)}. The line goes from the lowest "
        "training to the highest.",
        side=controls.side,
    )


@compare_tab(
    "shuffled",
    "Accuracy against the share of patches shuffled",
    uses=("trained", "shuffle"),
    weights=all_weights,
)
def shuffled_panel(controls: Controls, scope: Scope) -> Drawing:
    questions = [Question(FEWER, share=share, shuffle=controls.shuffle if share else 0) for share in SHARES]
    accuracies = _accuracies(controls, scope, questions)
    return draw(
        AccuracyByShare(SHARES, accuracies),
        f"Top-1 accuracy when a share of the 64 patches is shuffled: {_digits(accuracies, FEWER)}; the curve is their "
        "mean.",
    )


@compare_tab("cifar", "Accuracy on CIFAR-10", weights=cifar_weights)
def cifar_panel(controls: Controls, scope: Scope) -> Drawing:
    """Of networks trained on CIFAR-10, whose pictures do not ship, as measured. Raises WeightsNotFound where it was not."""
    measured = result(CIFAR)
    conditions = ("right", "without its code", f"at {CIFAR_SIDE} x {CIFAR_SIDE}")
    table = {title: [values[name] for name in conditions] for title, values in measured["values"].items()}
    return _spread(
        table,
        "Top-1 accuracy on CIFAR-10 of networks trained on it in 8 × 8 patches of 4 × 4 pixels: as trained, without "
        f"positional encoding, and with pictures resized to {CIFAR_SIDE} × {CIFAR_SIDE} and the positions interpolated; "
        f"{measured['data']}, three trainings of each. Measured by `explorer {CIFAR}`.",
        side=CIFAR_SIDE,
    )
