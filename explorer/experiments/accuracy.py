"""What a shipped classifier knows: the share of test photographs whose class it names."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import Any

__all__ = ["measure", "wilson"]

TEST = "imagenette-test.npz"


def measure(
    *, model: str = "efficientnet-lite0", data: Path, device: str = "auto", record: bool = False
) -> Mapping[str, Any]:
    """Accuracy of a shipped model over all test photographs of Imagenette in the folder `data`.

    Each is shown as its largest centred square; the answer is the largest logit of Imagenette's ten classes, and beside
    it that of all classes of the model. With the Wilson interval that holds the true share with 95 %
    confidence, and the accuracy within each class. `record` writes the figure on the model's card.

    Raises:
        AnalysisError: the photographs are not there, or the model's classes are not theirs.
        ModelError: the model cannot be loaded.
    """
    import torch

    from explorer.data.imagenette import CLASSES, logits_of, outputs_of, photographs
    from explorer.zoo import Model, cards, load

    shown = load(model, kind=Model, device=device)
    outputs = outputs_of(shown.classes, title=shown.entry.title)
    photos = photographs(Path(data) / TEST)
    pictures = photos.centred(shown.input_size[0])
    logits = logits_of(shown.module, pictures, mean=shown.mean, std=shown.std, device=shown.device)
    right = logits[:, outputs].argmax(-1) == photos.labels
    among_all = logits.argmax(-1) == torch.tensor(outputs)[photos.labels]
    low, high = wilson(int(right.sum()), len(right))
    accuracy = float(right.double().mean())
    if record:
        cards.record(
            model,
            {"accuracy": accuracy},
            unit="share of 3,925 test photographs",
            command=f"measure accuracy --model {model} --data DATA",
        )
    return {
        "values": {
            "accuracy": round(accuracy, 4),
            "accuracy among all classes": round(float(among_all.double().mean()), 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "right": int(right.sum()),
            "pictures": len(right),
            "by class": {
                name: round(float(right[photos.labels == i].double().mean()), 4)
                for i, name in enumerate(CLASSES)
            },
        },
        "model": model,
        "checkpoint": shown.checkpoint,
        "data": TEST,
        "device": shown.device,
    }


def wilson(right: int, of: int, *, z: float = 1.959964) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927): all shares p with |right/of − p| ≤ z √(p(1 − p)/of)."""
    share = right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return middle - half, middle + half
