"""The tab *Recall*: the share recalled against distance, and what is expected of each kind of model."""

from functools import partial

import numpy as np

from explorer.analysis.long_range import DISTANCES
from explorer.analysis.recall_finding import HOLDS, finding
from explorer.analysis.sequence_comparison import FindingsCompared, RecallByDistance
from explorer.recorded.recall import recalled
from explorer.views.long_range.controls import Controls
from explorer.views.long_range.models import all_weights, shown, title_of, trainings
from explorer.views.panel import Drawing, Scope, draw, panel


def _shares(controls: Controls, scope: Scope) -> dict[str, np.ndarray]:
    """For each kind trainings x distances."""
    models = {kind: trainings(kind, controls, scope) for kind in shown(controls)}
    total, done = sum(map(len, models.values())), 0
    shares: dict[str, np.ndarray] = {}
    for kind, trained in models.items():
        rows = []
        for model in trained:
            rows.append(recalled(model, controls.count))
            done += 1
            scope.progress(done / total)
        shares[kind] = np.stack(rows)
    return shares


def _subject(controls: Controls, scope: Scope) -> str:
    counts = {len(trainings(kind, controls, scope)) for kind in shown(controls)}
    many = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else str(min(counts))
    what = "trainings" if controls.trained else "random weights"
    return f"{controls.count} new sequences for each distance, {many} {what} of each model"


recall_tab = partial(
    panel, tab="recall", uses=("models", "trained", "count"), weights=all_weights, subject=_subject
)


@recall_tab("accuracy", "Recall by distance")
def accuracy_panel(controls: Controls, scope: Scope) -> Drawing:
    shares = {title_of(kind): values for kind, values in _shares(controls, scope).items()}
    return draw(
        RecallByDistance(DISTANCES, shares),
        "Share of letters recalled. The curve is the mean, the band goes from the lowest to the highest; chance is 1 in "
        "16.",
    )


@recall_tab("findings", "Expected and measured recall")
def findings_panel(controls: Controls, scope: Scope) -> Drawing:
    findings = [
        finding(
            title_of(kind),
            trainings(kind, controls, scope)[0].module,  # type: ignore[arg-type]
            DISTANCES,
            values,
        )
        for kind, values in _shares(controls, scope).items()
    ]
    return draw(
        FindingsCompared(findings),
        f"Pale: the theoretical reach of the architecture. Strong: the farthest distance up to which {HOLDS:.0%} of the "
        "letters are recalled, on average. On the right: better than, as or worse than expected of its kind.",
    )
