"""Attention pays most in late stages (B5): one small residual network, attention in none, one or all stages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["measure"]


def measure(
    *, data: Path, seeds: int = 3, trained: bool = True, pictures: int = 10_000, device: str = "cpu"
) -> Mapping[str, Any]:
    """For each variant, over `seeds` trainings: mean, lowest and highest share of right answers on CIFAR-10's test
    pictures (as JPEG), parameters, seconds of training, and milliseconds a picture measured here.

    Raises:
        NotAtHand: a model does not ship yet; `trained=False` measures random weights.
        AnalysisError: the pictures are not there.
    """
    import time

    import torch

    from explorer.models.stage_net import PLACES
    from explorer.training.pixels_data import natural
    from explorer.training.stages import as_input, right_answers
    from explorer.zoo.cards import read_card
    from explorer.zoo.stage_models import load_stage

    found = natural(Path(data))
    shown = torch.from_numpy(found.test[:pictures].copy()).permute(0, 3, 1, 2)
    labels = torch.as_tensor(found.test_labels[:pictures]).long()
    values: dict[str, Any] = {}
    names, checkpoints = [], []
    for place in PLACES:
        models = [load_stage(place, seed=seed, trained=trained, device=device) for seed in range(seeds)]
        where = models[0].device
        shares = [right_answers(each.module, shown.to(where), labels.to(where)) for each in models]
        x = as_input(shown[:200].to(where))
        times = []
        with torch.inference_mode():
            for _ in range(5):
                start = time.perf_counter()
                models[0].module(x).sum().item()
                times.append((time.perf_counter() - start) / len(x) * 1000)
        values[place] = {
            "right": [round(each, 4) for each in (sum(shares) / seeds, min(shares), max(shares))],
            "parameters": sum(each.numel() for each in models[0].module.parameters()),
            "training seconds": [read_card(each.name).seconds for each in models] if trained else [],
            "milliseconds a picture": round(sorted(times)[2], 4),
        }
        names += [each.name for each in models]
        checkpoints += [each.checkpoint for each in models]
    return {
        "values": values,
        "model": names,
        "checkpoint": checkpoints,
        "data": f"CIFAR-10 as JPEG, {len(labels)} test pictures",
        "device": device,
    }
