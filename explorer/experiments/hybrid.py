"""A hybrid uses CNN features as patches (C3): the CNN, the ViT and the hybrid on the same test photographs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.experiments.accuracy import TEST, UNCHANGED, FirstAnswers
from explorer.sweep.measurement import Measure, here

__all__ = ["measure"]


def measure(
    *, data: Path, pictures: int = 3925, device: str = "auto", rows: Measure = here
) -> Mapping[str, Any]:
    """Accuracy with its 95 % interval, parameters, steps and seconds of training, and milliseconds a picture measured
    here, of `cnn-128`, `vit-128` and `hybrid-128`. ViT and hybrid were taught by a CNN, alike.

    Raises:
        WeightsNotFound: the hybrid does not ship yet.
        AnalysisError: the photographs are not there.
    """
    import time

    import torch

    from explorer.errors import WeightsNotFound
    from explorer.experiments.scramble import shares
    from explorer.zoo import load
    from explorer.zoo.cards import card_names, read_card

    names = ("cnn-128", "vit-128", "hybrid-128")
    for name in names:
        if name not in card_names():
            raise WeightsNotFound(
                f"The model {name} is not on this machine", do=f"run `explorer train {name} --data FOLDER`"
            )
    accuracy = shares(FirstAnswers(models=names, data=data, device=device, pictures=pictures), rows)
    values, checkpoints = {}, []
    for name in names:
        model, card = load(name, device=device), read_card(name)
        x = torch.zeros(32, 3, *model.input_size, device=model.device)
        times = []
        with torch.inference_mode():
            for _ in range(5):
                start = time.perf_counter()
                model.module(x).sum().item()
                times.append((time.perf_counter() - start) / len(x) * 1000)
        values[name] = {
            "accuracy": accuracy[name][UNCHANGED],
            "parameters": card.parameters,
            "steps": card.steps,
            "training seconds": card.seconds,
            "milliseconds a picture": round(sorted(times)[2], 3),
        }
        checkpoints.append(model.checkpoint)
    return {"values": values, "model": list(names), "checkpoint": checkpoints, "data": TEST, "device": device}
