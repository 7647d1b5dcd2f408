"""Positions must be told (B6): right answers of each way of telling them, and what moving patches changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["measure"]


def measure(
    *,
    seeds: int = 3,
    trained: bool = True,
    larger: int = 12,
    count: int = 360,
    device: str = "cpu",
    record: bool = False,
) -> Mapping[str, Any]:
    """For each code, over `seeds` trainings, on the first `count` of 360 test digits: mean, lowest and highest
    share of right answers; the same with the code left out, and with pictures resized to `larger` pixels and the
    positions with them; the largest change of a logit when all patches are shuffled, and whether it is more than
    rounding. `record` writes each network's share on its card.

    Raises:
        NotAtHand: a model does not ship yet; `trained=False` measures random weights.
        AnalysisError: scikit-learn is not installed.
    """
    from explorer.analysis.positions import moved, right_answers, shuffled
    from explorer.models.position_vit import CODES
    from explorer.training.pixels_data import digits
    from explorer.training.positions import digit_tensors
    from explorer.zoo import cards
    from explorer.zoo.position_models import load_positions

    found = digits()
    values: dict[str, Any] = {}
    names: list[str] = []
    checkpoints: list[str] = []
    for code, title in CODES.items():
        models = [load_positions(code, seed=seed, trained=trained, device=device) for seed in range(seeds)]
        modules: list[Any] = [each.module for each in models]
        pictures, labels = (
            each.to(models[0].device)
            for each in digit_tensors(found.test[:count].copy(), found.test_labels[:count])
        )
        shares = [right_answers(each, pictures, labels) for each in modules]
        if record:
            cards.record_each(
                [each.name for each in models],
                "right",
                shares,
                unit=f"share of {len(labels)} test digits",
                command="measure positions",
            )
        change = moved(modules[0], pictures[:50], order=shuffled(64, 1.0))
        values[title] = {
            "right": _spread(shares),
            "without its code": _spread(
                [right_answers(each, pictures, labels, coded=False) for each in modules]
            ),
            f"at {larger} x {larger}": _spread(
                [right_answers(each, pictures, labels, side=larger) for each in modules]
            ),
            "largest change when shuffled": change.largest,
            "only rounding": change.unchanged,
            "same answer when shuffled": round(change.same_answer, 3),
        }
        names += [each.name for each in models]
        checkpoints += [each.checkpoint for each in models]
    return {
        "values": values,
        "model": names,
        "checkpoint": checkpoints,
        "data": "scikit-learn's handwritten digits, 360 for tests"
        + (f", the first {count}" if count < 360 else ""),
        "device": device,
    }


def _spread(shares: list[float]) -> list[float]:
    """Mean, lowest, highest."""
    return [round(each, 4) for each in (sum(shares) / len(shares), min(shares), max(shares))]
