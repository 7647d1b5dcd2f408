"""DETR over many scenes (E6), at every value of the page's slider: what *Query specialisation* and *Failure cases* read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["measure"]


def measure(*, model: str = "detr-scenes", device: str = "cpu", record: bool = False) -> Mapping[str, Any]:
    """The model's answers on every held-out scene that the page can be set to; `values` say how many of the queries name
    an object, on average. `record` keeps the answers, and the scenes' objects, for the page.

    Raises:
        WeightsNotFound: the model does not ship yet.
    """
    import numpy as np

    from explorer.recorded.scenes import RECORDED, ask, scenes_of
    from explorer.views.controls import controls_of
    from explorer.views.detr.controls import Controls
    from explorer.zoo import load
    from explorer.zoo.answers import write_answers

    most = next(int(control.high) for control in controls_of(Controls) if control.name == "scenes")
    loaded = load(model, device=device)
    parts = [*scenes_of(most, crowded=False), *scenes_of(most, crowded=True)]
    answered = [ask(loaded, part) for part in parts]
    truths = [truth for _, of_part in answered for truth in of_part]
    probs = np.concatenate([answers.probs for answers, _ in answered])
    if record:
        stored = {
            "scenes": np.array([(seed, objects or 0) for part in parts for seed, objects in part], np.int32),
            "probs": probs,
            "boxes_cxcywh": np.concatenate([answers.boxes_cxcywh for answers, _ in answered]),
            "objects": np.array([len(labels) for labels, _ in truths], np.int32),
            "labels": np.concatenate([labels for labels, _ in truths]),
            "corners": np.concatenate([corners for _, corners in truths]),
        }
        write_answers(RECORDED, {loaded.checkpoint: stored})
    return {
        "values": {
            "queries that name an object, a scene": round(
                float((probs.argmax(-1) < probs.shape[-1] - 1).sum(1).mean()), 3
            )
        },
        "model": model,
        "checkpoint": loaded.checkpoint,
        "data": f"{len(truths)} held-out scenes",
        "device": device,
    }
