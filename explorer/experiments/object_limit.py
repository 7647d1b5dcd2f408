"""A DETR finds no more objects than it has queries, and finds large ones better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.experiments.detr_answers import DetrAnswers, answers_of, true_of
from explorer.sweep.measurement import Measure, here

__all__ = ["COUNTS", "measure"]

COUNTS = (1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32)


def measure(
    *,
    model: str = "detr-scenes",
    counts: Sequence[int] = COUNTS,
    scenes: int = 40,
    threshold: float = 0.5,
    device: str = "auto",
    rows: Measure = here,
) -> Mapping[str, Any]:
    """Recall against the number of objects, past the number of queries, and against their size.

    `scenes` held-out scenes of each count. An object is found when a kept query of its own has its class and
    overlaps it by half (IoU). `bound` is queries / objects, the most that can be found. Sizes are square
    roots of areas as shares of the picture's side, over the scenes of at most 12 objects.

    Raises:
        AnalysisError: the model does not know the kinds of objects of scenes.
        ModelError: the model cannot be loaded.
    """
    from explorer.analysis.recall import recall_by_count, recall_by_size
    from explorer.errors import AnalysisError
    from explorer.scenes import KINDS

    measurement = DetrAnswers(models=(model,), scenes=scenes, objects=tuple(counts), device=device)
    shown = measurement.load(model)
    if tuple(shown.classes) != KINDS:
        raise AnalysisError(
            f"{shown.entry.title} cannot be measured on scenes",
            why="it does not know their kinds of objects",
            do="choose detr-scenes",
        )
    found = rows(measurement)[model]
    outputs = answers_of(found, shown.classes)
    true = [(truth["labels"].numpy(), truth["boxes"].numpy()) for truth in true_of(found)]
    by_count = recall_by_count(outputs.scores, outputs.labels, outputs.corners, true, threshold=threshold)
    few = [i for i, (labels, _) in enumerate(true) if len(labels) <= 12]
    by_size = recall_by_size(
        outputs.scores[few],
        outputs.labels[few],
        outputs.corners[few],
        [true[i] for i in few],
        threshold=threshold,
    )
    return {
        "values": {
            "queries": outputs.scores.shape[1],
            "by count": {
                int(count): {"recall": round(float(recall), 4), "bound": round(float(bound), 4)}
                for count, recall, bound in zip(by_count.at, by_count.recall, by_count.bound, strict=True)
            },
            "by size": {
                round(float(size), 3): round(float(recall), 4)
                for size, recall in zip(by_size.at, by_size.recall, strict=True)
            },
        },
        "unit": "share of the objects found",
        "model": model,
        "checkpoint": shown.checkpoint,
        "data": f"{scenes} held-out scenes of each count",
        "device": shown.device,
    }
