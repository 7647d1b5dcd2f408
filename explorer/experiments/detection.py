"""What is drawn of a DETR is what it says: its boxes, classes and scores, and each layer's way to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["measure"]


def measure(
    *, model: str = "detr-scenes", scenes: int = 50, threshold: float = 0.5, device: str = "auto"
) -> Mapping[str, Any]:
    """Compare what the page draws with transformers' own post-processing, on held-out scenes.

    `difference` is the largest between boxes (pixels) and between scores; `kept_alike` whether the same
    queries are kept with the same class in every scene. `agreement` is the mean overlap (IoU) of each
    decoder layer's box with the last layer's, over the queries that found an object: how the boxes converge.

    Raises:
        ModelError: the model cannot be loaded or is no DETR.
    """
    import torch
    from transformers import DetrImageProcessor

    from explorer.analysis.detection import run_detr
    from explorer.scenes import picture, random_scene
    from explorer.zoo import Model, load
    from explorer.zoo.detr import preprocess

    shown = load(model, kind=Model, device=device)
    processor = DetrImageProcessor()
    boxes, scores, alike, agreement = 0.0, 0.0, True, []
    for seed in range(scenes):
        photo = picture(random_scene(seed, held_out=True), height=320, width=320)
        ready = preprocess(shown, photo)
        sight = run_detr(shown, ready)
        ours = sight.predictions(threshold=threshold)
        with torch.no_grad():
            output = shown.module(ready.x)
        output.logits, output.pred_boxes = output.logits.cpu(), output.pred_boxes.cpu()
        size = [(photo.height, photo.width)]
        theirs = processor.post_process_object_detection(output, threshold=threshold, target_sizes=size)[0]
        selected = np.flatnonzero(ours.selected)
        if len(selected) != len(theirs["scores"]) or not np.array_equal(
            ours.labels[selected], theirs["labels"].numpy()
        ):
            alike = False
            continue
        if len(selected):
            boxes = max(boxes, float(np.abs(ours.boxes[selected] - theirs["boxes"].numpy()).max()))
            scores = max(scores, float(np.abs(ours.scores[selected] - theirs["scores"].numpy()).max()))
            agreement += [sight.trajectory(int(query)).agreement for query in selected]
    return {
        "values": {
            "difference": boxes,
            "difference of scores": scores,
            "kept_alike": alike,
            "agreement": [round(float(share), 4) for share in np.mean(agreement, 0)] if agreement else [],
            "scenes": scenes,
        },
        "model": model,
        "checkpoint": shown.checkpoint,
        "data": f"{scenes} held-out scenes",
        "device": shown.device,
    }
