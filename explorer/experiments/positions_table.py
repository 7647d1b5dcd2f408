"""Transformers need a positional encoding (B6), at every value of the page's sliders: the table that the page *Positional encoding* reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["measure"]


def measure(*, device: str = "cpu", record: bool = False) -> Mapping[str, Any]:
    """How many held-out digits each shipped training reads right, summed over every order of the patches and every
    side of the picture that the page can be set to. `record` writes each answer into the table that the page reads.

    Raises:
        WeightsNotFound: a model does not ship yet.
    """
    from explorer.models.position_vit import CODES
    from explorer.views.positions.table import accuracy_of, questions, write
    from explorer.zoo.position_models import POSITION_SEEDS, load_positions

    all_questions = questions()
    models = [
        load_positions(code, seed=seed, device=device) for code in CODES for seed in range(POSITION_SEEDS)
    ]
    right = {
        model.checkpoint: [
            round(accuracy_of(model, question) * question.digits) for question in all_questions
        ]
        for model in models
    }
    if record:
        write(right, all_questions)
    shown = sum(question.digits for question in all_questions)
    return {
        "values": {model.name: round(sum(right[model.checkpoint]) / shown, 4) for model in models},
        "model": [model.name for model in models],
        "checkpoint": [model.checkpoint for model in models],
        "data": f"{len(all_questions)} questions about test digits of scikit-learn",
        "device": device,
    }
