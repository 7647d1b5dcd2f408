"""Convolution is local and lacks global understanding (A5): accuracy on pictures in pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.experiments.accuracy import TEST, wilson

if TYPE_CHECKING:
    from torch import Tensor

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
    from explorer.zoo import Model, load

    names = list(models)
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
        "checkpoint": [load(name, kind=Model, device=device).checkpoint for name in names],
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

    from explorer.data.imagenette import logits_of, outputs_of, photographs
    from explorer.zoo import Model, load

    model = load(name, kind=Model, device=device)
    outputs = outputs_of(model.classes, title=model.entry.title)
    photos = photographs(Path(data) / TEST)
    shown, labels = photos.centred(model.input_size[0])[:pictures], photos.labels[:pictures]
    shares = {}
    for title, change in changes.items():
        logits = logits_of(model.module, change(shown), mean=model.mean, std=model.std, device=model.device)
        right = int((logits[:, outputs].argmax(-1) == labels).sum())
        shares[title] = [round(share, 4) for share in (right / len(labels), *wilson(right, len(labels)))]
    return shares
