"""What a shipped classifier knows: the share of test photographs whose class it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from explorer.sweep.measurement import Columns, Measure, Measurement, here

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "TEST",
    "UNCHANGED",
    "Change",
    "FirstAnswers",
    "OfTestPhotographs",
    "measure",
    "unchanged",
    "wilson",
]

TEST = "imagenette-test.npz"
UNCHANGED = "as they are"


class Change(Protocol):
    """uint8 pictures N x 3 x height x width, changed; `first` is the place of the first among all."""

    def __call__(self, pictures: Tensor, /, *, first: int) -> Tensor: ...


def unchanged(pictures: Tensor, /, *, first: int) -> Tensor:
    """As they are."""
    return pictures


@dataclass(frozen=True, kw_only=True)
class OfTestPhotographs(Measurement):
    """What is measured of Imagenette's test photographs."""

    data: Path

    @property
    def files(self) -> tuple[Path, ...]:
        return (Path(self.data) / TEST,)

    @property
    def weights(self) -> Mapping[str, str]:
        """Raises:
        AnalysisError: a model's classes are not those of the photographs.
        """
        from explorer.data.imagenette import outputs_of

        for model in map(self.load, self.models):
            outputs_of(model.classes, title=model.entry.title)
        return super().weights


@dataclass(frozen=True, kw_only=True)
class FirstAnswers(OfTestPhotographs):
    """Whether the largest logit of Imagenette's ten classes is the right one, on test photographs changed in each way;
    and, with "among all" after the way's title, that of all classes of the model."""

    pictures: int | None = None
    """The first so many of 3,925; all without a number. Their order is a fixed shuffle."""
    changes: Mapping[str, Change] = field(default_factory=lambda: {UNCHANGED: unchanged})

    batch: ClassVar[int] = 128

    @cached_property
    def count(self) -> int:
        from explorer.data.imagenette import count_in

        count = count_in(self.files[0])
        return count if self.pictures is None else min(self.pictures, count)

    def of(self, model: str, pictures: range) -> Columns:
        import torch

        from explorer.data.imagenette import centred, decoded, labels_of, logits_of, outputs_of

        (file,) = self.files
        loaded = self.load(model)
        outputs = outputs_of(loaded.classes, title=loaded.entry.title)
        shown = centred(decoded(file, pictures), loaded.input_size[0])
        labels = torch.from_numpy(labels_of(file)[pictures.start : pictures.stop])
        columns = {"label": labels.numpy()}
        for title, change in self.changes.items():
            logits = logits_of(
                loaded.module,
                change(shown, first=pictures.start),
                mean=loaded.mean,
                std=loaded.std,
                device=loaded.device,
            )
            columns[title] = (logits[:, outputs].argmax(-1) == labels).numpy()
            columns[f"{title}, among all"] = (logits.argmax(-1) == torch.tensor(outputs)[labels]).numpy()
        return columns


def measure(
    *,
    model: str = "efficientnet-lite0",
    data: Path,
    device: str = "auto",
    record: bool = False,
    rows: Measure = here,
) -> Mapping[str, Any]:
    """Accuracy of a shipped model over all test photographs of Imagenette in the folder `data`.

    Each is shown as its largest centred square; the answer is the largest logit of Imagenette's ten classes, and beside
    it that of all classes of the model. With the Wilson interval that holds the true share with 95 %
    confidence, and the accuracy within each class. `record` writes the figure on the model's card.

    Raises:
        AnalysisError: the photographs are not there, or the model's classes are not theirs.
        ModelError: the model cannot be loaded.
    """
    from explorer.data.imagenette import CLASSES
    from explorer.zoo import cards

    measurement = FirstAnswers(models=(model,), data=data, device=device)
    answers = rows(measurement)[model]
    right, label = answers[UNCHANGED], answers["label"]
    low, high = wilson(int(right.sum()), len(right))
    accuracy = float(right.mean())
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
            "accuracy among all classes": round(float(answers[f"{UNCHANGED}, among all"].mean()), 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "right": int(right.sum()),
            "pictures": len(right),
            "by class": {name: round(float(right[label == i].mean()), 4) for i, name in enumerate(CLASSES)},
        },
        "model": model,
        "checkpoint": measurement.weights[model],
        "data": TEST,
        "device": measurement.device,
    }


def wilson(right: int, of: int, *, z: float = 1.959964) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927): all shares p with |right/of − p| ≤ z √(p(1 − p)/of)."""
    share = right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return middle - half, middle + half
