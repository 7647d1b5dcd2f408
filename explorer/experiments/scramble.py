"""Convolution is local and lacks global understanding (A5): accuracy on pictures in pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from explorer.experiments.accuracy import TEST, Change, FirstAnswers, wilson
from explorer.sweep.measurement import Measure, here

__all__ = ["measure", "shares"]

SAME_DATA = ("cnn-128", "vit-128", "hybrid-128")
"""The CNN, the ViT and the hybrid that learnt from the same photographs of the same size."""


def measure(
    *,
    data: Path,
    models: Sequence[str] = SAME_DATA,
    tiles: Sequence[int] = (1, 2, 4, 8, 16),
    pictures: int = 1000,
    device: str = "auto",
    rows: Measure = here,
) -> Mapping[str, Any]:
    """Accuracy on Imagenette's test photographs cut into k x k tiles and shuffled, each by an order of its own, the
    same for all models; and with half of the k x k tiles blank. Each with its 95 % interval (Wilson). `pictures` takes the first so many of 3,925; their order is a fixed shuffle.

    Raises:
        AnalysisError: the photographs are not there, or a model's classes are not theirs.
        ModelError: a model cannot be loaded.
    """
    import torch

    from explorer.data.tiles import occluded, scrambled
    from explorer.images import GREY

    changes: dict[str, Change] = {f"scrambled {k}": partial(scrambled, k=k) for k in tiles}
    changes |= {
        f"half blank of {k}": partial(occluded, k=k, share=0.5, fill=torch.tensor(GREY))
        for k in tiles
        if k > 1
    }
    measurement = FirstAnswers(
        models=tuple(models), data=data, device=device, pictures=pictures, changes=changes
    )
    return {
        "values": shares(measurement, rows),
        "model": list(models),
        "checkpoint": list(measurement.weights.values()),
        "data": TEST,
        "device": device,
    }


def shares(measurement: FirstAnswers, rows: Measure) -> dict[str, dict[str, list[float]]]:
    """By model and change: accuracy, lowest and highest of its interval.

    Raises:
        AnalysisError: the photographs are not there, or a model's classes are not theirs.
    """
    return {
        model: {
            title: [
                round(share, 4)
                for share in (answers[title].mean(), *wilson(int(answers[title].sum()), len(answers[title])))
            ]
            for title in measurement.changes
        }
        for model, answers in rows(measurement).items()
    }
