"""What is drawn of a DETR is what it says: its boxes, classes and scores, and each layer's way to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from explorer.sweep.measurement import Columns, Measure, Measurement, here

__all__ = ["Drawn", "measure"]

DIFFERENCE, OF_SCORES, ALIKE, AGREEMENT = "difference", "difference of scores", "kept alike", "agreement"


@dataclass(frozen=True, kw_only=True)
class Drawn(Measurement):
    """How far what is drawn of each scene is from transformers' own post-processing."""

    scenes: int
    threshold: float

    batch: ClassVar[int] = 8

    @property
    def count(self) -> int:
        return self.scenes

    def of(self, model: str, pictures: range) -> Columns:
        compared = [self._compared(model, seed) for seed in pictures]
        return {name: [scene[name] for scene in compared] for name in compared[0]}

    def _compared(self, model: str, seed: int) -> Mapping[str, Any]:
        import torch
        from transformers import DetrImageProcessor

        from explorer.analysis.detection import run_detr
        from explorer.scenes import picture, random_scene
        from explorer.zoo.detr import preprocess

        shown = self.load(model)
        photo = picture(random_scene(seed, held_out=True), height=320, width=320)
        ready = preprocess(shown, photo)
        sight = run_detr(shown, ready)
        ours = sight.predictions(threshold=self.threshold)
        with torch.no_grad():
            output = shown.module(ready.x)
        output.logits, output.pred_boxes = output.logits.cpu(), output.pred_boxes.cpu()
        (theirs,) = DetrImageProcessor().post_process_object_detection(
            output, threshold=self.threshold, target_sizes=[(photo.height, photo.width)]
        )
        selected = np.flatnonzero(ours.selected)
        alike = np.array_equal(ours.labels[selected], theirs["labels"].numpy())
        queries = selected.tolist() if alike else []
        return {
            ALIKE: alike,
            DIFFERENCE: _largest(ours.boxes[queries], theirs["boxes"].numpy()) if queries else 0.0,
            OF_SCORES: _largest(ours.scores[queries], theirs["scores"].numpy()) if queries else 0.0,
            AGREEMENT: np.array([sight.trajectory(query).agreement for query in queries], np.float32),
        }


def _largest(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.abs(ours - theirs).max())


def measure(
    *,
    model: str = "detr-scenes",
    scenes: int = 50,
    threshold: float = 0.5,
    device: str = "auto",
    rows: Measure = here,
) -> Mapping[str, Any]:
    """Compare what the page draws with transformers' own post-processing, on held-out scenes.

    `difference` is the largest between boxes (pixels) and between scores; `kept_alike` whether the same
    queries are kept with the same class in every scene. `agreement` is the mean overlap (IoU) of each
    decoder layer's box with the last layer's, over the queries that found an object: how the boxes converge.

    Raises:
        ModelError: the model cannot be loaded or is no DETR.
    """
    measurement = Drawn(models=(model,), scenes=scenes, threshold=threshold, device=device)
    shown = measurement.load(model)
    found = rows(measurement)[model]
    layers = shown.module.config.decoder_layers
    agreement = np.concatenate(found[AGREEMENT]).reshape(-1, layers)
    return {
        "values": {
            "difference": float(found[DIFFERENCE].max()),
            "difference of scores": float(found[OF_SCORES].max()),
            "kept_alike": bool(found[ALIKE].all()),
            "agreement": [round(float(share), 4) for share in agreement.mean(0)] if len(agreement) else [],
            "scenes": scenes,
        },
        "model": model,
        "checkpoint": shown.checkpoint,
        "data": f"{scenes} held-out scenes",
        "device": shown.device,
    }
