"""Recall by distance (B3), at every value of the page's slider: what the page *Long-range dependencies* reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["measure"]


def measure(*, device: str = "cpu", record: bool = False) -> Mapping[str, Any]:
    """How many letters each shipped training recalls, of as many sequences as the page can be set to, for each distance;
    `values` are the shares over all distances. `record` keeps the counts for the page.

    Raises:
        WeightsNotFound: a model does not ship yet.
    """
    import numpy as np

    from explorer.analysis.long_range import accuracy_by_distance
    from explorer.models.sequence_models import SEQUENCE_MODELS
    from explorer.recorded.recall import RECORDED, SEQUENCES, STEP
    from explorer.views.controls import control_of
    from explorer.views.long_range.controls import Controls
    from explorer.zoo.answers import write_answers
    from explorer.zoo.sequence_models import RECALL_SEEDS, load_recall

    most = int(control_of(Controls, "count").high)
    models = [
        load_recall(kind, seed=seed, device=device)
        for kind in SEQUENCE_MODELS
        for seed in range(RECALL_SEEDS)
    ]
    shares = {
        model.checkpoint: np.stack(
            [
                accuracy_by_distance(model.module, count=STEP, seed=SEQUENCES + part)
                for part in range(most // STEP)
            ]
        )
        for model in models
    }
    if record:
        write_answers(
            RECORDED,
            {name: {"right": np.round(share * STEP).astype(np.int16)} for name, share in shares.items()},
        )
    return {
        "values": {model.name: round(float(shares[model.checkpoint].mean()), 4) for model in models},
        "model": [model.name for model in models],
        "checkpoint": [model.checkpoint for model in models],
        "data": f"{most} sequences for each distance",
        "device": device,
    }
