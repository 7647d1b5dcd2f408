"""Transformers need a positional encoding (B6): right answers of each way of telling them, and what moving patches changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.zoo.position_models import Pictures

__all__ = ["measure"]


def measure(
    *,
    data: Path | None = None,
    seeds: int = 3,
    trained: bool = True,
    larger: int = 12,
    count: int | None = None,
    device: str = "cpu",
    record: bool = False,
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
    from explorer.analysis.positions import moved, right_answers, shuffled
    from explorer.models.position_vit import CODES
    from explorer.zoo import cards
    from explorer.zoo.position_models import load_positions, positions_options

    learnt: Pictures = "digits" if data is None else "cifar"
    pictures, labels, what = _test(data, count)
    values: dict[str, Any] = {}
    names: list[str] = []
    checkpoints: list[str] = []
    for code, title in CODES.items():
        models = [
            load_positions(code, seed=seed, pictures=learnt, trained=trained, device=device)
            for seed in range(seeds)
        ]
        modules: list[Any] = [model.module for model in models]
        x, true = pictures.to(models[0].device), labels.to(models[0].device)
        side = larger * positions_options(code, pictures=learnt)["patch"]
        shares = [right_answers(module, x, true) for module in modules]
        if record:
            cards.record_each(
                [model.name for model in models],
                "right",
                shares,
                unit=f"share of {what}",
                command=f"measure positions{'' if data is None else ' --data DATA'}",
            )
        change = moved(modules[0], x[:50], order=shuffled(64, 1.0))
        values[title] = {
            "right": _spread(shares),
            "without its code": _spread([right_answers(module, x, true, coded=False) for module in modules]),
            f"at {side} x {side}": _spread([right_answers(module, x, true, side=side) for module in modules]),
            "largest change when shuffled": change.largest,
            "only rounding": change.unchanged,
            "same answer when shuffled": round(change.same_answer, 3),
        }
        names += [model.name for model in models]
        checkpoints += [model.checkpoint for model in models]
    return {"values": values, "model": names, "checkpoint": checkpoints, "data": what, "device": device}


def _test(data: Path | None, count: int | None) -> tuple[Tensor, Tensor, str]:
    """The first so many test pictures as the networks take them, their labels, and what they are."""
    import torch

    from explorer.data.pixels import digits, natural
    from explorer.training.positions import digit_tensors
    from explorer.training.stages import as_input

    if data is None:
        photographs = digits()
        pictures, labels = digit_tensors(photographs.test[:count].copy(), photographs.test_labels[:count])
        return pictures, labels, f"{len(labels)} test digits of scikit-learn"
    photographs = natural(Path(data))
    pictures = as_input(torch.from_numpy(photographs.test[:count].copy()).permute(0, 3, 1, 2))
    labels = torch.as_tensor(photographs.test_labels[:count]).long()
    return pictures, labels, f"{len(labels):,} test pictures of CIFAR-10 as JPEG"


def _spread(shares: list[float]) -> list[float]:
    """Mean, lowest, highest."""
    return [round(share, 4) for share in (sum(shares) / len(shares), min(shares), max(shares))]
