"""Transformers need a positional encoding (B6): right answers of each way of telling them, and what moving patches changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from explorer.sweep.measurement import Columns, Measure, Measurement, here

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.zoo.position_models import Pictures

__all__ = ["PositionAnswers", "measure"]

RIGHT, UNCODED = "right", "without its code"


@dataclass(frozen=True, kw_only=True)
class PositionAnswers(Measurement):
    """Whether each training's first answer is right: as it is, without its code, and at another size."""

    data: Path | None
    pictures: int
    trainings: Mapping[str, tuple[str, int]]
    """The code and the seed of each model."""
    trained: bool
    larger: int

    batch: ClassVar[int] = 120

    @property
    def count(self) -> int:
        return self.pictures

    @property
    def files(self) -> tuple[Path, ...]:
        from explorer.data.pixels import FILES

        return () if self.data is None else (Path(self.data) / FILES[1],)

    @property
    def learnt(self) -> Pictures:
        return "digits" if self.data is None else "cifar"

    def load(self, model: str) -> Any:
        from explorer.zoo.position_models import load_positions

        code, seed = self.trainings[model]
        return load_positions(code, seed=seed, pictures=self.learnt, trained=self.trained, device=self.device)

    def side(self, model: str) -> int:
        """Of the larger pictures, in pixels."""
        from explorer.zoo.position_models import positions_options

        return self.larger * positions_options(self.trainings[model][0], pictures=self.learnt)["patch"]

    def of(self, model: str, pictures: range) -> Columns:
        from explorer.analysis.moved_patches import first_answers

        loaded = self.load(model)
        x, true = _test(self.data, slice(pictures.start, pictures.stop))
        x, side = x.to(loaded.device), self.side(model)
        answers = {
            RIGHT: first_answers(loaded.module, x),
            UNCODED: first_answers(loaded.module, x, coded=False),
            f"at {side} x {side}": first_answers(loaded.module, x, side=side),
        }
        return {name: (answer.cpu() == true).numpy() for name, answer in answers.items()}


def measure(
    *,
    data: Path | None = None,
    seeds: int = 3,
    trained: bool = True,
    larger: int = 12,
    count: int | None = None,
    device: str = "cpu",
    record: bool = False,
    rows: Measure = here,
) -> Mapping[str, Any]:
    """For each code, over `seeds` trainings: mean, lowest and highest share of right answers; the same with the code
    left out, and with pictures resized to `larger` patches a side and the positions with them; the largest change of
    a logit when all patches are shuffled, and whether it is more than rounding.

    Of the networks that learnt digits, on 360 test digits; with `data`, the folder of `cifar10.npz`, of those that
    learnt CIFAR-10, on its 10,000 test pictures. `count` takes the first so many. `record` writes each network's share
    on its card.

    Raises:
        WeightsNotFound: a model does not ship yet; `trained=False` measures random weights.
        AnalysisError: scikit-learn is not installed, or the pictures are not there.
    """
    from explorer.analysis.moved_patches import moved, shuffled
    from explorer.models.position_vit import CODES
    from explorer.zoo import cards
    from explorer.zoo.position_models import positions_name

    pictures, what = _count(data, count)
    learnt: Pictures = "digits" if data is None else "cifar"
    trainings = {
        positions_name(code, seed, pictures=learnt): (code, seed) for code in CODES for seed in range(seeds)
    }
    measurement = PositionAnswers(
        models=tuple(trainings),
        device=device,
        data=data,
        pictures=pictures,
        trainings=trainings,
        trained=trained,
        larger=larger,
    )
    weights = measurement.weights
    answers = rows(measurement)
    few, _ = _test(data, slice(min(pictures, 50)))
    values: dict[str, Any] = {}
    for code, title in CODES.items():
        names = [name for name, (of, _) in trainings.items() if of == code]
        shares = {
            column: [float(answers[name][column].mean()) for name in names] for column in answers[names[0]]
        }
        if record:
            cards.record_each(
                names,
                RIGHT,
                shares[RIGHT],
                unit=f"share of {what}",
                command=f"measure positions{'' if data is None else ' --data DATA'}",
            )
        first = measurement.load(names[0])
        change = moved(first.module, few.to(first.device), order=shuffled(64, 1.0))
        values[title] = {
            **{column: _spread(of_trainings) for column, of_trainings in shares.items()},
            "largest change when shuffled": change.largest,
            "only rounding": change.unchanged,
            "same answer when shuffled": round(change.same_answer, 3),
        }
    return {
        "values": values,
        "model": list(trainings),
        "checkpoint": list(weights.values()),
        "data": what,
        "device": device,
    }


def _count(data: Path | None, count: int | None) -> tuple[int, str]:
    """The test pictures, or the first so many of them, and what they are."""
    from explorer.data.pixels import digits, natural

    photographs = digits() if data is None else natural(Path(data))
    pictures = len(photographs.test_labels[:count])
    if data is None:
        return pictures, f"{pictures} test digits of scikit-learn"
    return pictures, f"{pictures:,} test pictures of CIFAR-10 as JPEG"


def _test(data: Path | None, part: slice) -> tuple[Tensor, Tensor]:
    """Some test pictures as the networks take them, and their labels."""
    import torch

    from explorer.data.pixels import digits, natural
    from explorer.training.positions import digit_tensors
    from explorer.training.stages import as_input

    if data is None:
        photographs = digits()
        return digit_tensors(photographs.test[part].copy(), photographs.test_labels[part])
    photographs = natural(Path(data))
    pictures = as_input(torch.from_numpy(photographs.test[part].copy()).permute(0, 3, 1, 2))
    return pictures, torch.as_tensor(photographs.test_labels[part]).long()


def _spread(shares: list[float]) -> list[float]:
    """Mean, lowest, highest."""
    return [round(share, 4) for share in (sum(shares) / len(shares), min(shares), max(shares))]
