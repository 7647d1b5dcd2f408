"""RNNs forget, CNNs reach as far as their field, attention reaches everywhere in one step (B3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

__all__ = ["measure"]


def measure(
    *, count: int = 200, seeds: int = 3, trained: bool = True, longest: int = 4096, device: str = "cpu"
) -> Mapping[str, Any]:
    """For each of the six models: the share of `count` new sequences recalled at each distance, mean and range over
    `seeds` trainings; the gradient's length at the letter 256 steps back over that at the last place; sequential
    steps, longest path, operations at 256 and `longest` places; milliseconds of a pass forward and of one forward
    and backward at `longest` places.

    Raises:
        NotAtHand: a model does not ship yet; `trained=False` measures random weights.
    """
    import numpy as np
    import torch

    from explorer.analysis.long_range import DISTANCES, accuracy_by_distance, cost, input_gradient
    from explorer.analysis.recall_task import FARTHEST, recall_sequences
    from explorer.models.sequence_models import SEQUENCE_MODELS
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
            [accuracy_by_distance(each.module, count=count, seed=11) for each in models]
        )  # seeds, distances
        gradient = input_gradient(
            module, sample.numbers[0].to(where), answer=int(sample.answers[0]), distance=FARTHEST
        )
        last = float(gradient.length[-1])
        short, long = cost(module, FARTHEST), cost(module, longest)
        numbers = torch.zeros(1, longest, dtype=torch.long, device=where)
        values[title] = {
            "recalled": {
                distance: [round(float(each), 3) for each in (column.mean(), column.min(), column.max())]
                for distance, column in zip(DISTANCES, shares.T, strict=True)
            },
            "gradient 256 back / at the end": gradient.at_answer / last if last else None,
            "reach": module.reach(),
            "parameters": short.parameters,
            "sequential steps": [short.sequential_steps, long.sequential_steps],
            "longest path": [short.longest_path, long.longest_path],
            "operations": [short.operations, long.operations],
            "forward (ms)": _milliseconds(partial(module, numbers)),
            "forward and backward (ms)": _milliseconds(partial(_both, module, numbers)),
        }
        checkpoints += [each.checkpoint for each in models]
        names += [each.name for each in models]
    return {
        "values": values,
        "model": names,
        "checkpoint": checkpoints,
        "data": "random letters with one marker, generated",
        "device": device,
    }


def _both(module: Any, numbers: Any) -> None:
    x = module.embed(numbers).detach().requires_grad_()
    module.read(x)[0, -1].sum().backward()


def _milliseconds(run: Callable[[], Any]) -> float:
    """The best of three: what else the machine does only adds."""
    found = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        found.append((time.perf_counter() - start) * 1000)
    return round(min(found), 2)
