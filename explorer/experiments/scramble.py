"""Convolution is local and lacks global understanding (A5): accuracy on pictures in pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import AnalysisError
from explorer.experiments.accuracy import TEST, wilson

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["measure", "shares"]


def measure(
    *,
    data: Path,
    models: Sequence[str] = ("cnn", "vit"),
    tiles: Sequence[int] = (1, 2, 4, 8, 16),
    pictures: int = 1000,
    device: str = "auto",
) -> Mapping[str, Any]:
    """Accuracy on Imagenette's test photographs cut into k x k tiles and shuffled, each by an order of its own, the
    same for all models; and with half of the k x k tiles blank. Each with its 95 % interval (Wilson). The hybrid is
    measured too once it ships. `pictures` takes the first so many of 3,925; their order is a fixed shuffle.

    Raises:
        AnalysisError: the photographs are not there, or a model's classes are not theirs.
        ModelError: a model cannot be loaded.
    """
    import torch

    from explorer.analysis.scramble import occluded, scrambled
    from explorer.images import GREY
    from explorer.zoo import load
    from explorer.zoo.cards import card_names

    names = list(models)
    if tuple(models) == ("cnn", "vit") and "hybrid" in card_names():
        names.append("hybrid")
    changes: dict[str, Callable[[Tensor], Tensor]] = {
        f"scrambled {k}": partial(scrambled, k=k) for k in tiles
    }
    changes |= {
        f"half blank of {k}": partial(occluded, k=k, share=0.5, fill=torch.tensor(GREY))
        for k in tiles
        if k > 1
    }
    return {
        "values": {
            name: shares(name, changes, data=data, device=device, pictures=pictures) for name in names
        },
        "model": names,
        "checkpoint": [load(name, device=device).checkpoint for name in names],
        "data": TEST,
        "device": device,
    }


def shares(
    name: str,
    changes: Mapping[str, Callable[[Tensor], Tensor]],
    *,
    data: Path,
    device: str = "auto",
    pictures: int = 3925,
) -> dict[str, list[float]]:
    """Accuracy, lowest and highest of the interval, of a shipped model on test photographs changed in each way; a
    change takes and gives uint8 pictures N x 3 x height x width.

    Raises:
        AnalysisError: the photographs are not there, or the model's classes are not theirs.
    """
    import torch

    from explorer.training.imagenette import CLASSES, normalised, photographs
    from explorer.zoo import load

    model = load(name, device=device)
    if tuple(model.classes) != CLASSES:
        raise AnalysisError(
            f"{model.entry.title} cannot be measured on Imagenette",
            why="its classes are not Imagenette's ten",
            do="choose a model that ships",
        )
    photos = photographs(Path(data) / TEST)
    shown, labels = photos.centred(model.input_size[0])[:pictures], photos.labels[:pictures]
    found = {}
    for title, change in changes.items():
        with torch.inference_mode():
            said = [
                model.module(normalised(batch.to(model.device), mean=model.mean, std=model.std))
                .argmax(-1)
                .cpu()
                for batch in change(shown).split(128)
            ]
        right = int((torch.cat(said) == labels).sum())
        found[title] = [round(each, 4) for each in (right / len(labels), *wilson(right, len(labels)))]
    return found
