"""RNNs forget, CNNs reach as far as their field, attention reaches everywhere in one step (B3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["measure"]


def measure(
    *,
    count: int = 200,
    seeds: int = 3,
    trained: bool = True,
    longest: int = 4096,
    device: str = "cpu",
    record: bool = False,
) -> Mapping[str, Any]:
    """For each of the six models: the share of `count` new sequences recalled at each distance, mean and range over
    `seeds` trainings, and what that says of what is said of its kind; the gradient's length at the letter 256 steps
    back over that at the last place; reach, sequential steps, longest path (null: unbounded, or no way) and
    operations at 256 and `longest` places; milliseconds of a pass forward, and forward and backward, by length up
    to `longest`. `record` writes on each network's card what it recalls from 256 steps back.

    Raises:
        WeightsNotFound: a model does not ship yet; `trained=False` measures random weights.
    """
    import numpy as np
    import torch

    from explorer.analysis.long_range import DISTANCES, accuracy_by_distance, cost, input_gradient
    from explorer.analysis.recall_finding import finding
    from explorer.data.recall_task import FARTHEST, recall_sequences
    from explorer.models.sequence_models import SEQUENCE_MODELS
    from explorer.timing.sequence_speed import LENGTHS, sequence_speed
    from explorer.zoo import cards
    from explorer.zoo.sequence_models import load_recall

    values: dict[str, Any] = {}
    checkpoints: list[str] = []
    names: list[str] = []
    sample = recall_sequences(1, FARTHEST, generator=torch.Generator().manual_seed(7))
    for kind, (title, _, _) in SEQUENCE_MODELS.items():
        models = [load_recall(kind, seed=seed, trained=trained, device=device) for seed in range(seeds)]
        module: Any = models[0].module
        where = next(module.parameters()).device
        shares = np.stack(
            [accuracy_by_distance(model.module, count=count, seed=11) for model in models]
        )  # seeds, distances
        if record:
            cards.record_each(
                [model.name for model in models],
                f"recalled from {FARTHEST} steps back",
                shares[:, -1],
                unit=f"share of {count} sequences",
                command="measure long-range",
            )
        gradient = input_gradient(
            module, sample.numbers[0].to(where), answer=int(sample.answers[0]), distance=FARTHEST
        )
        last = float(gradient.length[-1])
        short, long = cost(module, FARTHEST), cost(module, longest)
        lengths = [length for length in LENGTHS if length < longest] + [longest]
        speed = sequence_speed(module, lengths=lengths)
        values[title] = {
            "recalled": {
                distance: [round(float(share), 3) for share in (column.mean(), column.min(), column.max())]
                for distance, column in zip(DISTANCES, shares.T, strict=True)
            },
            "holds": str(finding(title, module, DISTANCES, shares)),
            "gradient 256 back / at the end": gradient.at_answer / last if last else None,
            "reach": _finite(module.reach()),
            "parameters": short.parameters,
            "sequential steps": [short.sequential_steps, long.sequential_steps],
            "longest path": [_finite(short.longest_path), _finite(long.longest_path)],
            "operations": [short.operations, long.operations],
            "forward (ms)": dict(zip(lengths, speed.forward.round(2).tolist(), strict=True)),
            "forward and backward (ms)": dict(zip(lengths, speed.both.round(2).tolist(), strict=True)),
        }
        checkpoints += [model.checkpoint for model in models]
        names += [model.name for model in models]
    return {
        "values": values,
        "model": names,
        "checkpoint": checkpoints,
        "data": "random letters with one marker, generated",
        "device": device,
    }


def _finite(number: float) -> float | None:
    """JSON has no infinity."""
    return number if math.isfinite(number) else None
