"""A model that learnt from a teacher gives its first answer: the share of photographs kept from training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.errors import AnalysisError
from explorer.experiments.accuracy import wilson

__all__ = ["measure"]


def measure(
    *, model: str = "vit", data: Path, device: str = "auto", record: bool = False
) -> Mapping[str, Any]:
    """The share of the 2,000 photographs that no training saw, of those in the folder `data`, on which the model's
    largest logit is EfficientNet-Lite2's, with its 95 % interval (Wilson).

    Each photograph is shown as its largest centred square. `record` writes the figure on the model's card.

    Raises:
        AnalysisError: the photographs are not there, or the model's classes are not ImageNet's thousand.
        ModelError: the model cannot be loaded.
    """
    from explorer.data.everyday import everyday
    from explorer.data.imagenette import logits_of
    from explorer.training.distillation import TEACHER
    from explorer.zoo import Model, cards, load
    from explorer.zoo.packaged import MEAN, PACKAGED, STD, build_packaged

    student, teacher = load(model, kind=Model, device=device), build_packaged(TEACHER)
    if len(student.classes) != teacher.num_classes:
        raise AnalysisError(
            f"{student.entry.title} cannot be compared with {TEACHER}",
            why=f"it has {len(student.classes)} classes, not {teacher.num_classes}",
        )
    _, _, held_out = everyday(Path(data))
    mine, wanted = (
        logits_of(module, held_out.centred(side), mean=mean, std=std, device=student.device).argmax(-1)
        for module, side, mean, std in (
            (student.module, student.input_size[0], student.mean, student.std),
            (teacher.to(student.device), PACKAGED[TEACHER].input_size[0], MEAN, STD),
        )
    )
    same = mine == wanted
    low, high = wilson(int(same.sum()), len(same))
    agreement = float(same.double().mean())
    if record:
        cards.record(
            model,
            {"agreement": agreement},
            unit="share of 2,000 photographs kept from training",
            command=f"measure agreement --model {model} --data DATA",
        )
    return {
        "values": {
            "agreement": round(agreement, 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "pictures": len(same),
        },
        "model": [model, TEACHER],
        "checkpoint": [student.checkpoint, f"sha256:{PACKAGED[TEACHER].sha256}"],
        "data": "2,000 of 39,491 photographs",
        "device": student.device,
    }
