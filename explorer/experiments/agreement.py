"""A model that learnt from a teacher gives its first answer: the share of photographs kept from training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from explorer.errors import AnalysisError
from explorer.experiments.accuracy import wilson
from explorer.sweep.measurement import Columns, Measure, Measurement, here

if TYPE_CHECKING:
    from torch import nn

__all__ = ["BothAnswers", "measure"]


@dataclass(frozen=True, kw_only=True)
class BothAnswers(Measurement):
    """The first answer of the model and of its teacher."""

    data: Path

    batch: ClassVar[int] = 128

    @cached_property
    def count(self) -> int:
        from explorer.data.everyday import held_out_in

        return held_out_in(Path(self.data))

    @property
    def files(self) -> tuple[Path, ...]:
        from explorer.data.everyday import FILES

        return tuple(Path(self.data) / file for file in FILES)

    @property
    def weights(self) -> Mapping[str, str]:
        """Raises:
        AnalysisError: the model's classes are not ImageNet's thousand.
        """
        from explorer.training.distillation import TEACHER
        from explorer.zoo.packaged import PACKAGED

        for student in map(self.load, self.models):
            if len(student.classes) != 1000:
                raise AnalysisError(
                    f"{student.entry.title} cannot be compared with {TEACHER}",
                    why=f"it has {len(student.classes)} classes, not 1000",
                )
        return {**super().weights, TEACHER: f"sha256:{PACKAGED[TEACHER].sha256}"}

    def of(self, model: str, pictures: range) -> Columns:
        from explorer.data.everyday import held_out
        from explorer.data.imagenette import centred, logits_of
        from explorer.training.distillation import TEACHER
        from explorer.zoo.packaged import MEAN, PACKAGED, STD

        student = self.load(model)
        photos = held_out(Path(self.data), pictures)
        return {
            name: logits_of(module, centred(photos, side), mean=mean, std=std, device=student.device)
            .argmax(-1)
            .numpy()
            for name, module, side, mean, std in (
                ("student", student.module, student.input_size[0], student.mean, student.std),
                ("teacher", _teacher(student.device), PACKAGED[TEACHER].input_size[0], MEAN, STD),
            )
        }


@cache
def _teacher(device: str) -> nn.Module:
    from explorer.training.distillation import TEACHER
    from explorer.zoo.packaged import build_packaged

    return build_packaged(TEACHER).to(device)


def measure(
    *,
    model: str = "vit",
    data: Path,
    device: str = "auto",
    record: bool = False,
    rows: Measure = here,
) -> Mapping[str, Any]:
    """The share of the 2,000 photographs that no training saw, of those in the folder `data`, on which the model's
    largest logit is EfficientNet-Lite2's, with its 95 % interval (Wilson).

    Each photograph is shown as its largest centred square. `record` writes the figure on the model's card.

    Raises:
        AnalysisError: the photographs are not there, or the model's classes are not ImageNet's thousand.
        ModelError: the model cannot be loaded.
    """
    from explorer.zoo import cards

    measurement = BothAnswers(models=(model,), data=data, device=device)
    answers = rows(measurement)[model]
    same = answers["student"] == answers["teacher"]
    low, high = wilson(int(same.sum()), len(same))
    agreement = float(same.mean())
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
        "model": list(measurement.weights),
        "checkpoint": list(measurement.weights.values()),
        "data": "2,000 of 39,491 photographs",
        "device": measurement.device,
    }
