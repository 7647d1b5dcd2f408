"""Object queries are assigned one to one: the optimum of the assignment, and how well a DETR detects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

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

    For `detr-photos` the pictures are those of `detection-test.npz` in the folder `data`, where ambiguous boxes count
    as crowds; for `detr-cells` they are the authors' test list of `bccd.zip` there; for the others they are `scenes` held-out scenes of 1 to 12 objects, on photographs that no training scene had.
    Sizes as COCO's on pictures of 640 pixels: small below 5 % of the side, large above 15 %. `specialised`
    says how much less each query's centres vary than all (figure 7 of the paper). AP50 of all and of each class has its
    95 % interval (bootstrap over pictures). `record` writes AP and AP50, and AP50 of each class, on the card.

    Raises:
        AnalysisError: the pictures are not there, or the model knows neither scenes nor cells.
        ModelError: the model cannot be loaded.
    """
    from scipy.optimize import linear_sum_assignment

    from explorer.analysis.assignment import TrueObjects, assign
    from explorer.analysis.average_precision import ap50_intervals, average_precision, predictions
    from explorer.analysis.slots import answers, slots
    from explorer.zoo import Model, cards, load

    shown = load(model, kind=Model, device=device)
    pictures, true, what = _pictures(shown, data, scenes)
    outputs = answers(shown, pictures)
    predicted = predictions(outputs)
    measured = average_precision(predicted, true, by_class=True)
    ap50 = {
        "all" if label is None else shown.classes[label]: [round(float(value), 4) for value in interval]
        for label, interval in ap50_intervals(predicted, true).items()
    }
    worst = 0.0
    for i, picture_objects in enumerate(true):
        counted = np.asarray(picture_objects.get("iscrowd", np.zeros(len(picture_objects["labels"])))) == 0
        labels, boxes = picture_objects["labels"].numpy()[counted], picture_objects["boxes"].numpy()[counted]
        low, high = boxes[:, :2], boxes[:, 2:]
        boxes_cxcywh = np.concatenate([(low + high) / 2, high - low], 1).astype(np.float64)
        truth = TrueObjects(labels, boxes_cxcywh, tuple(shown.classes[label] for label in labels), ())
        made = assign(outputs.probs[i], outputs.boxes_cxcywh[i], truth, classes=shown.classes)
        best = made.cost[linear_sum_assignment(made.cost)].sum()
        worst = max(worst, abs(made.total - best))
    by_class = {shown.classes[label]: round(value, 4) for label, value in measured.pop("AP by class").items()}
    if record:
        cards.record(
            model,
            {name: measured[name] for name in ("AP", "AP50")},
            unit="average precision",
            command=f"measure assignment --model {model}{' --data DATA' if data else ''}",
        )
    return {
        "values": {
            **{name: round(value, 4) for name, value in measured.items()},
            "AP by class": by_class,
            "AP50, 95 % interval": ap50,
            "cost above the optimum": worst,
            "specialised": round(slots(outputs, threshold=threshold).specialised, 4),
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
) -> tuple[list[np.ndarray], list[dict[str, torch.Tensor]], str]:
    """Pictures as the model is shown them, labels and corners (shares) of each, and what they are."""
    from explorer.data.blood_cells import CELLS, micrographs, resized
    from explorer.data.detection_photos import OBJECTS, detection_photos
    from explorer.scenes import KINDS, drawn_scenes, random_scene
    from explorer.zoo.detr import input_frame

    rows, columns = shown.input_size
    classes = tuple(shown.classes)
    if classes in (CELLS, OBJECTS) and data is None:
        raise AnalysisError(
            "The test pictures are not available",
            do="say --data, the folder that holds bccd.zip and detection-test.npz",
        )
    if classes == CELLS:
        pixels, true = resized(micrographs(Path(str(data)), "test"), rows, columns)
        return list(pixels.permute(0, 2, 3, 1).numpy()), true, "BCCD, the authors' test list"
    if classes == OBJECTS:
        test = detection_photos(Path(str(data)), "test")
        pictures = []
        for at, picture in enumerate(test.photos.pictures):
            frame = input_frame(shown.entry, *picture.shape[:2], size=shown.input_size)
            size = frame.input_height, frame.input_width
            pictures.append(test.photos.resized([at], size)[0].permute(1, 2, 0).numpy())
        return pictures, test.true(), "detection-test.npz: 1,252 photographs of VOC and COCO"
    if classes != KINDS:
        raise AnalysisError(
            f"{shown.entry.title} cannot be measured here",
            why="it knows neither the kinds of objects of scenes, nor blood cells, nor everyday objects",
            do="choose a model that ships",
        )
    pictures, drawn = drawn_scenes(
        [random_scene(seed, height=rows, width=columns, held_out=True) for seed in range(scenes)]
    )
    true = [{"labels": torch.from_numpy(labels), "boxes": torch.from_numpy(boxes)} for labels, boxes in drawn]
    return pictures, true, f"{scenes} held-out scenes of 1 to 12 objects"
