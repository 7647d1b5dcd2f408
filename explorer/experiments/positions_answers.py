"""Transformers need a positional encoding (B6), at every value of the page's sliders: what the page *Positional encoding* reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["measure"]


def measure(*, device: str = "cpu", record: bool = False) -> Mapping[str, Any]:
    """How many held-out digits each shipped training reads right, summed over every order of the patches and every
    side of the picture that the page can be set to. `record` keeps the counts for the page.

    Raises:
        WeightsNotFound: a model does not ship yet.
    """
    import numpy as np

    from explorer.models.position_vit import CODES
    from explorer.recorded.digits import RECORDED, accuracy_of, as_numbers, questions
    from explorer.views.controls import controls_of
    from explorer.views.positions.controls import Controls
    from explorer.zoo.answers import write_answers
    from explorer.zoo.position_models import POSITION_SEEDS, load_positions

    controls = {control.name: control for control in controls_of(Controls)}
    sides, shuffles = (range(controls[name].low, controls[name].high + 1) for name in ("side", "shuffle"))
    all_questions = questions(sides, shuffles)
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
        asked = as_numbers(all_questions)
        write_answers(
            RECORDED,
            {
                name: {"right": np.array(counts, np.int16), "questions": asked}
                for name, counts in right.items()
            },
        )
    shown = sum(question.digits for question in all_questions)
    return {
        "values": {model.name: round(sum(right[model.checkpoint]) / shown, 4) for model in models},
        "model": [model.name for model in models],
        "checkpoint": [model.checkpoint for model in models],
        "data": f"{len(all_questions)} questions about test digits of scikit-learn",
        "device": device,
    }
