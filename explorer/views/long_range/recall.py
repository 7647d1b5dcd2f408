"""The part *Recall*: right answers against distance, and what that says of what is said of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.memory import Memory
from explorer.views.long_range.controls import Controls
from explorer.views.long_range.models import shown, title_of, trainings

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["draw_accuracy", "draw_findings"]

SEQUENCES, STEP = 10_007, 20
"""The seed of the first `STEP` sequences asked about for each distance; the next have the next seed, so that of more
sequences only the new ones are read."""
RECALLED = Memory()


def _shares(controls: Controls, scope: Scope) -> dict[str, np.ndarray]:
    """For each kind seeds x distances; every training is asked once about every `STEP` sequences."""
    from explorer.analysis.long_range import accuracy_by_distance

    models = {kind: trainings(kind, controls, scope) for kind in shown(controls)}
    total, done = sum(map(len, models.values())), 0
    sizes = [min(STEP, controls.count - start) for start in range(0, controls.count, STEP)]
    found: dict[str, np.ndarray] = {}
    for kind, each in models.items():
        rows = []
        for model in each:
            parts = [
                RECALLED.get(
                    ("recalled", model.name, model.checkpoint, model.device, at, size),
                    lambda model=model, at=at, size=size: accuracy_by_distance(  # type: ignore[misc]
                        model.module, count=size, seed=SEQUENCES + at
                    ),
                )
                for at, size in enumerate(sizes)
            ]
            rows.append(np.average(parts, 0, sizes))
            done += 1
            scope.progress(done / total)
        found[kind] = np.stack(rows)
    return found


def _said(controls: Controls, shares: dict[str, np.ndarray]) -> str:
    counts = {len(each) for each in shares.values()}
    said = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else str(min(counts))
    what = "trainings" if controls.trained else "random weights"
    return f"{controls.count} new sequences for each distance, {said} {what} of each model"


def draw_accuracy(controls: Controls, scope: Scope) -> Drawing:
    """The share recalled at each distance."""
    from explorer.analysis.long_range import DISTANCES
    from explorer.figures.long_range import accuracy_figure

    shares = _shares(controls, scope)
    many = max(len(each) for each in shares.values())
    columns = {
        f"seed_{at + 1}": np.concatenate(
            [each[at] if at < len(each) else np.full(len(DISTANCES), np.nan) for each in shares.values()]
        )
        for at in range(many)
    }
    titled = {title_of(kind): each for kind, each in shares.items()}
    return Drawing(
        figure=accuracy_figure(DISTANCES, titled),
        data={
            "model": np.repeat(list(titled), len(DISTANCES)),
            "distance": np.tile(DISTANCES, len(titled)),
            "mean": np.concatenate([each.mean(0) for each in shares.values()]),
            "lowest": np.concatenate([each.min(0) for each in shares.values()]),
            "highest": np.concatenate([each.max(0) for each in shares.values()]),
            **columns,
        },
        units={"distance": "steps", "mean": "1"},
        caption=f"Share of letters recalled: {_said(controls, shares)}. The curve is the mean, the band goes from "
        "the lowest to the highest; chance is 1 in 16.",
        alt=f"Curves of the share recalled against distances from 1 to {DISTANCES[-1]}: {', '.join(titled)}.",
    )


def draw_findings(controls: Controls, scope: Scope) -> Drawing:
    """How far each holds, against its reach and against what is said of its kind."""
    from explorer.analysis.long_range import DISTANCES
    from explorer.analysis.recall_finding import HOLDS, finding
    from explorer.figures.long_range import reach_figure

    shares = _shares(controls, scope)
    found = [
        finding(
            title_of(kind),
            trainings(kind, controls, scope)[0].module,  # type: ignore[arg-type]
            DISTANCES,
            each,
        )
        for kind, each in shares.items()
    ]
    titles = [each.title for each in found]
    return Drawing(
        figure=reach_figure(
            titles,
            [each.reach for each in found],
            [each.held for each in found],
            [each.outcome for each in found],
            farthest=DISTANCES[-1],
            what=f"recalled in {HOLDS:.0%} and more",
        ),
        data={
            "model": np.array(titles),
            "theoretical_reach": np.array([each.reach for each in found]),
            "held": np.array([each.held for each in found]),
            "at_farthest": np.array([each.at_farthest for each in found]),
            "outcome": np.array([each.outcome for each in found]),
        },
        units={"theoretical_reach": "steps", "held": "steps"},
        caption=f"Pale: as far as the architecture reaches. Strong: the farthest distance up to which {HOLDS:.0%} "
        f"of the letters are recalled, mean of {_said(controls, shares)}. On the right: better, as or worse than "
        "is said of its kind.",
        alt="Bars of the distance each model holds: " + "; ".join(f"{each.title}, {each}" for each in found),
        numbers={each.title: (str(each), "") for each in found},
    )
