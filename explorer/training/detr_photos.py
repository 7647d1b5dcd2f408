"""The DETR of everyday photographs: EfficientNet-Lite0 and a transformer, twenty classes."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.analysis.average_precision import average_precision
from explorer.data.detection_photos import (
    OBJECTS,
    SHAPES,
    DetectionPhotos,
    cut,
    detection_photos,
)
from explorer.data.imagenette import normalised
from explorer.training import state_folder
from explorer.training.detr import coloured, detection_loss, loss_of
from explorer.training.detr_groups import InTraining
from explorer.training.on_trunk import KeptCuts
from explorer.training.recipe import Part, Recipe
from explorer.training.set_loss import corners
from explorer.zoo.packaged import MEAN, STD, build_packaged

__all__ = ["DetectPhotos", "detections_of", "detr_photos", "of_some"]

GROUPS = 4
BATCH = 96
KEPT_BATCH = 64
CUTS, MOSAICS = 4, 2
"""Kept looks at each photograph."""
SOME = 10
"""Objects of a class in the validation part, from which on it counts."""
OPTIONS: dict[str, Any] = {
    "classes": list(OBJECTS),
    "queries": 50,
    "width": 192,
    "layers": 3,
    "heads": 6,
    "backbone": "explorer_coordinate_lite",
}
"""Up to 40 objects are labelled on a picture."""


class DetectPhotos:
    """Detection in photographs cut at random; a batch's pictures are of about the same shape. From the step
    `frozen_from` on the backbone's trunk learns no more, and what it made of some cuts of each photograph is kept; from
    `mosaics_from` on also of mosaics of such cuts."""

    def __init__(
        self,
        data: Path,
        device: torch.device,
        *,
        frozen_from: int,
        mosaics_from: int,
        kept: Path,
        batch: int = BATCH,
        kept_batch: int = KEPT_BATCH,
    ) -> None:
        self.device, self.batch, self.kept_batch = device, batch, kept_batch
        self.frozen_from, self.mosaics_from = frozen_from, mosaics_from
        self.learn = detection_photos(data, "train")
        self.held_out = detection_photos(data, "validation")
        self.kept = KeptCuts(self.learn, kept=kept, device=device)
        self.shapes = torch.tensor(self.learn.shapes)

    def loss(self, module: nn.Module, step: int) -> Tensor:
        if step >= self.frozen_from:
            return self._loss_of_kept(module, MOSAICS if step >= self.mosaics_from else 0)
        # A picture first, then others of its shape: each picture is as likely as any other.
        shape = int(self.shapes[torch.randint(len(self.shapes), ())])
        alike = (self.shapes == shape).nonzero()[:, 0]
        chosen = alike[torch.randint(len(alike), (self.batch,))].tolist()
        pixels, targets = cut(self.learn, chosen, SHAPES[shape], device=self.device)
        x = normalised(coloured(pixels), mean=MEAN, std=STD)
        return detection_loss(module, x, targets.to(self.device))

    def _loss_of_kept(self, module: Any, mosaics: int) -> Tensor:
        backbone = module.detr.model.backbone.model
        stages, targets = self.kept.batch(backbone, self.kept_batch, cuts=CUTS, mosaics=mosaics)
        return loss_of(module.on_map(backbone.merged(stages)), targets)

    def score(self, module: nn.Module) -> float:
        """AP50 of the classes of which there are some."""
        detections = detections_of(module.detr, self.held_out, device=self.device)
        return average_precision(*of_some(detections, self.held_out.true()))["AP50"]


Boxes = list[dict[str, Tensor]]


def of_some(detections: Boxes, true: Boxes) -> tuple[Boxes, Boxes]:
    """Both without the classes of fewer than `SOME` true objects: one of a single object would weigh as much as all
    persons."""
    counted = torch.cat([one["labels"][one["iscrowd"] == 0] for one in true])
    some = torch.bincount(counted, minlength=len(OBJECTS)) >= SOME
    found, left = (
        [{name: values[some[one["labels"]]] for name, values in one.items()} for one in many]
        for many in (detections, true)
    )
    return found, left


def detections_of(detr: Any, part: DetectionPhotos, *, device: torch.device) -> list[dict[str, Tensor]]:
    """Of every query its score, label and box (left, top, right, bottom, as shares) in each picture, which is shown as
    the one of `SHAPES` that is nearest to its own."""
    order = sorted(range(len(part)), key=part.shapes.__getitem__)
    detections: list[dict[str, Tensor]] = [{} for _ in order]
    for shape, members in groupby(order, key=part.shapes.__getitem__):
        alike = list(members)
        for start in range(0, len(alike), 50):
            chosen = alike[start : start + 50]
            x = normalised(part.photos.resized(chosen, SHAPES[shape]).to(device), mean=MEAN, std=STD)
            output = detr(x)
            scores, labels = output.logits.float().softmax(-1)[..., :-1].max(-1)
            boxes = corners(output.pred_boxes.float())
            for i, at in enumerate(chosen):
                detections[at] = {
                    "scores": scores[i].cpu(),
                    "labels": labels[i].cpu(),
                    "boxes": boxes[i].cpu(),
                }
    return detections


def _build() -> nn.Module:
    from explorer.models.small_detr import small_detr

    detr = small_detr(**OPTIONS)
    trunk = build_packaged("efficientnet-lite0").state_dict()
    own = detr.model.backbone.model.trunk
    own.load_state_dict({name: trunk[name] for name in own.state_dict()})
    # Edges and colours are as good here as there; DETR's own training leaves these alone as well.
    for part in (own["conv_stem"], own["blocks"][:2]):
        part.requires_grad_(False)
    return InTraining(detr, groups=GROUPS).to(memory_format=torch.channels_last)


def detr_photos() -> Recipe:
    """The recipe: its first part needs a GPU, the others see kept features and do not."""
    by_muon = tuple(
        f"detr.model.{name}."
        for name in ("encoder", "decoder.layers", "backbone.model.lateral", "backbone.model.smooth")
    )
    parts = (
        Part(2600, peak_rate=5e-4, warm_up=150, by_muon=by_muon, slow=("detr.model.backbone.model.trunk.",)),
        Part(1800, peak_rate=5e-4, warm_up=100, by_muon=by_muon),
        Part(1300, peak_rate=3e-4, warm_up=50, by_muon=by_muon),
    )
    return Recipe(
        name="detr-photos",
        title="DETR for everyday photographs",
        family="detr",
        architecture="explorer.models.small_detr:small_detr",
        options=OPTIONS,
        input_size=SHAPES[3],
        mean=MEAN,
        std=STD,
        classes=OBJECTS,
        data="6,797 photographs of Pascal VOC 2007, 2012 and COCO 2017 with boxes of twenty classes",
        notes="DETR's loss at every decoder layer. In training only: four groups of queries, and the same heads "
        "asked of the encoder's tokens. The backbone is EfficientNet-Lite0 with ImageNet's weights; it learnt at a tenth "
        "of the rate, after 2,600 steps no more, where photographs of rare classes came more often and, in the end, four in one. "
        "Muon taught attention and its maps. Ambiguous boxes neither taught nor counted.",
        target=0.60,
        parts=parts,
        build=_build,
        task=lambda data, device: DetectPhotos(
            data,
            device,
            frozen_from=parts[0].steps,
            mosaics_from=parts[0].steps + parts[1].steps,
            kept=state_folder() / "detr-photos-on-trunk",
        ),
        weight_decay=0.02,
        average=0.998,
        score_every=200,
        channels_last=True,
        compiled=False,
        half=True,
        shipped=lambda module: module.detr,  # type: ignore[union-attr,return-value]
    )
