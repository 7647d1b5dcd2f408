"""Positions must be told (B6), at every value of the page's sliders: the table that the page *Positions* reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["measure"]


def measure(*, device: str = "cpu", record: bool = False) -> Mapping[str, Any]:
    """How many held-out digits each shipped training reads right, summed over every order of the patches and every
    side of the picture that the page can be set to. `record` writes each answer into the table that the page reads.

    Raises:
        NotAtHand: a model does not ship yet.
    """
    from explorer.models.position_vit import CODES
    from explorer.views.positions.table import accuracy_of, questions, write
    from explorer.zoo.position_models import POSITION_SEEDS, load_positions

    asked = questions()
    models = [
        load_positions(code, seed=seed, device=device) for code in CODES for seed in range(POSITION_SEEDS)
    ]
    right = {
        each.checkpoint: [round(accuracy_of(each, question) * question.digits) for question in asked]
        for each in models
    }
    if record:
        write(right, asked)
    shown = sum(question.digits for question in asked)
    return {
        "values": {each.name: round(sum(right[each.checkpoint]) / shown, 4) for each in models},
        "model": [each.name for each in models],
        "checkpoint": [each.checkpoint for each in models],
        "data": f"{len(asked)} questions about test digits of scikit-learn",
        "device": device,
    }
