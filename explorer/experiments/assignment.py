"""Object queries are assigned one to one: the optimum of the assignment, and how well a DETR detects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import AnalysisError

__all__ = ["measure"]


def measure(
    *,
    model: str = "detr-scenes",
    data: Path | None = None,
    scenes: int = 500,
    threshold: float = 0.5,
    device: str = "auto",
    record: bool = False,
) -> Mapping[str, Any]:
    """Average precision on held-out pictures, and the assignment's cost against SciPy's optimum on the same.

    For `detr-cells` the pictures are the authors' test list of `bccd.zip` in the folder `data`; for the
    others they are `scenes` held-out scenes of 1 to 12 objects, on photographs that no training scene had.
    Sizes as COCO's on pictures of 640 pixels: small below 5 % of the side, large above 15 %. `specialised`
    says how much less each query's centres vary than all (figure 7 of the paper). `record` writes AP and
    AP50 on the card.

    Raises:
        AnalysisError: the pictures are not there, or the model knows neither scenes nor cells.
        ModelError: the model cannot be loaded.
    """
    from scipy.optimize import linear_sum_assignment

    from explorer.analysis.assignment import TrueObjects, assign
    from explorer.analysis.average_precision import precision_of
    from explorer.analysis.slots import answers, slots
    from explorer.zoo import cards, load

    shown = load(model, device=device)
    pictures, true, what = _pictures(shown, data, scenes)
    found = answers(shown, pictures)
    measured = precision_of(found, true, by_class=True)
    worst = 0.0
    for i, (labels, boxes) in enumerate(true):
        low, high = boxes[:, :2], boxes[:, 2:]
        shares = np.concatenate([(low + high) / 2, high - low], 1).astype(np.float64)
        truth = TrueObjects(labels, shares, tuple(shown.classes[label] for label in labels), ())
        made = assign(found.chances[i], found.shares[i], truth, classes=shown.classes)
        best = made.cost[linear_sum_assignment(made.cost)].sum()
        worst = max(worst, abs(made.total - best))
    by_class = {shown.classes[label]: round(value, 4) for label, value in measured.pop("AP by class").items()}
    if record:
        cards.record(
            model,
            {name: measured[name] for name in ("AP", "AP50")},
            unit="average precision",
            command=f"measure assignment --model {model}{' --data DATA' if model == 'detr-cells' else ''}",
        )
    return {
        "values": {
            **{name: round(value, 4) for name, value in measured.items()},
            "AP by class": by_class,
            "cost above the optimum": worst,
            "specialised": round(slots(found, threshold=threshold).specialised, 4),
            "pictures": len(pictures),
        },
        "unit": "average precision",
        "model": model,
        "checkpoint": shown.checkpoint,
        "data": what,
        "device": shown.device,
    }


def _pictures(
    shown: Any, data: Path | None, scenes: int
) -> tuple[list[np.ndarray], list[tuple[np.ndarray, np.ndarray]], str]:
    """Pictures of the model's input size, labels and corners (shares) of each, and what they are."""
    from explorer.scenes import KINDS, drawn_scenes, random_scene
    from explorer.training.blood_cells import CELLS, micrographs, resized

    rows, columns = shown.input_size
    if tuple(shown.classes) == CELLS:
        if data is None:
            raise AnalysisError(
                "The micrographs are not at hand", do="say --data, the folder that holds bccd.zip"
            )
        pixels, boxes = resized(micrographs(Path(data), "test"), rows, columns)
        true = [(each["labels"].numpy(), each["boxes"].numpy()) for each in boxes]
        return list(pixels.permute(0, 2, 3, 1).numpy()), true, "BCCD, the authors' test list"
    if tuple(shown.classes) != KINDS:
        raise AnalysisError(
            f"{shown.entry.title} cannot be measured here",
            why="it knows neither the kinds of objects of scenes nor blood cells",
            do="choose a model that ships",
        )
    pictures, true = drawn_scenes(
        [random_scene(seed, height=rows, width=columns, held_out=True) for seed in range(scenes)]
    )
    return pictures, true, f"{scenes} held-out scenes of 1 to 12 objects"
