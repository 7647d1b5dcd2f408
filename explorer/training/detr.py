"""The small DETR: trained on scenes, then on micrographs of blood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn

from explorer.analysis.average_precision import average_precision
from explorer.data.imagenette import MEAN, STD, normalised
from explorer.data.scene_batches import SceneBatches, scenes_batch
from explorer.data.targets import Targets
from explorer.scenes import KINDS, random_scene
from explorer.training.detr_groups import InTraining, token_loss
from explorer.training.recipe import Part, Recipe, at_step
from explorer.training.set_loss import corners, set_loss

__all__ = ["BY_MUON", "DetectScenes", "detections", "detr_scenes", "judged", "loss_of"]

SIDE = 224
GROUPS = 5
BY_MUON = tuple(
    f"detr.model.{prefix}."
    for prefix in ("encoder", "decoder.layers", "backbone.model.lateral", "backbone.model.smooth")
)
"""The trunk's kernels are left to AdamW: to make them orthogonal would take a third of a step."""
HELD_OUT = 150


class DetectScenes:
    """Detection in scenes that are drawn anew for every step. `sizes` says until which step they have which side;
    after the last, 224."""

    def __init__(self, device: torch.device, *, batch: int, sizes: Sequence[tuple[int, int]] = ()) -> None:
        self.device, self.sizes = device, sizes
        self.batches = SceneBatches(batch, workers=12 if device.type == "cuda" else 0)
        # Numbers of their own, but of the training's photographs: the test's are not looked at.
        scenes = [random_scene(number, height=SIDE, width=SIDE) for number in range(HELD_OUT)]
        pixels, labels, boxes = scenes_batch(scenes)
        self.held_out = torch.from_numpy(pixels).permute(0, 3, 1, 2)
        self.true = [
            {"labels": torch.from_numpy(label), "boxes": corners(torch.from_numpy(box))}
            for label, box in zip(labels, boxes, strict=True)
        ]

    def loss(self, module: nn.Module, step: int) -> Tensor:
        pixels, targets = self.batches(step, at_step(step, self.sizes, SIDE))
        return detection_loss(module, normalised(coloured(pixels.to(self.device))), targets.to(self.device))

    def score(self, module: nn.Module) -> float:
        return judged(module.detr, self.held_out, self.true, device=self.device)["AP50"]  # type: ignore[arg-type]


def detection_loss(module: nn.Module, x: Tensor, targets: Targets) -> Tensor:
    """DETR's loss with auxiliary losses of every decoder layer, and that of the encoder's tokens."""
    if x.device.type == "cpu":
        x = x.contiguous(memory_format=torch.channels_last)
    return loss_of(module(x), targets)


def loss_of(said: tuple[Tensor, Tensor, Tensor, Tensor, tuple[int, int]], targets: Targets) -> Tensor:
    """The same, of what a DETR in training says."""
    logits, boxes, token_logits, token_boxes, grid = said
    return set_loss(logits, boxes, targets) + token_loss(token_logits, token_boxes, targets, grid)


def coloured(pixels: Tensor) -> Tensor:
    """Brightness and contrast changed at random: batch x 3 x height x width of 0 … 255, float."""
    brightness, contrast = (0.8 + 0.4 * torch.rand(2, len(pixels), 1, 1, 1)).to(pixels.device).unbind()
    changed = pixels.float() * brightness
    return torch.lerp(changed.mean((1, 2, 3), keepdim=True), changed, contrast).clamp_(0, 255)


def detections(
    detr: Any, pixels: Tensor, *, device: torch.device, batch: int = 32
) -> list[dict[str, Tensor]]:
    """Of every query its score, label and box (left, top, right, bottom, as shares) in pictures N x 3 x H x
    W, uint8."""
    groups = []
    for start in range(0, len(pixels), batch):
        output = detr(normalised(pixels[start : start + batch].to(device)))
        scores, labels = output.logits.float().softmax(-1)[..., :-1].max(-1)
        for score, label, box in zip(
            scores.cpu(), labels.cpu(), corners(output.pred_boxes.float()).cpu(), strict=True
        ):
            groups.append({"scores": score, "labels": label, "boxes": box})
    return groups


def judged(
    detr: Any, pixels: Tensor, true: list[dict[str, Tensor]], *, device: torch.device
) -> dict[str, Any]:
    """Average precision of every kind on those pictures."""
    return average_precision(detections(detr, pixels, device=device), true)


def _build() -> nn.Module:
    from explorer.models.small_detr import small_detr

    module = InTraining(small_detr(**OPTIONS), groups=GROUPS)
    _take_trunk(module.detr)
    return module.to(memory_format=torch.channels_last)


def _take_trunk(detr: Any) -> None:
    """The residual network's weights from the cnn that ships: of its third stage the first two blocks; and what its
    shortcuts do to a mean of four cells is done to every fourth."""
    from explorer.zoo.cards import card_names, read_weights

    if "cnn-128" in card_names():
        weights = {
            re.sub(r"downsample\.(\d)", lambda at: f"downsample.{int(at[1]) - 1}", name): tensor
            for name, tensor in read_weights("cnn-128").items()
        }
        trunk = detr.model.backbone.model.trunk
        trunk.load_state_dict(weights, strict=False)
        # Edges and colours are as good here as there; DETR's own training leaves these alone as well.
        for part in (trunk.conv1, trunk.layer1):
            part.requires_grad_(False)


OPTIONS: dict[str, Any] = {"classes": list(KINDS), "queries": 16}
PARTS = (
    Part(6000, peak_rate=6e-4, warm_up=150),
    Part(3000, peak_rate=5e-4, warm_up=100, by_muon=BY_MUON),
    Part(2900, peak_rate=5e-4, warm_up=100, by_muon=BY_MUON),
    Part(1600, peak_rate=5e-4, warm_up=100, by_muon=BY_MUON),
    Part(800, peak_rate=3e-4, warm_up=50, by_muon=BY_MUON),
    Part(750, peak_rate=3e-4, warm_up=50, by_muon=BY_MUON),
)
"""On a CPU."""
SIDES = (128, 128, 160, 192, 192)
"""Of the scenes in the first parts, pixels; then `SIDE`."""


def detr_scenes(*, large: bool) -> Recipe:
    """The recipe; `large` sees more, and larger, batches, as a GPU can."""
    return Recipe(
        name="detr-scenes",
        title="Small DETR, trained on scenes",
        family="detr",
        architecture="explorer.models.small_detr:small_detr",
        options=OPTIONS,
        input_size=(SIDE, SIDE),
        mean=MEAN,
        std=STD,
        classes=KINDS,
        data="Scenes of 1 to 12 objects, drawn anew for every step",
        notes="DETR's loss at every decoder layer. In training only: five groups of queries, and the same heads "
        "asked of the encoder's tokens. The backbone begins with the weights of the cnn."
        + (
            ""
            if large
            else " Scenes of 128 x 128 in the first two parts of the training, of 160 x 160 in the third, of 192 x 192 "
            "in the next two, of 224 x 224 then. Muon taught attention and its maps from the second part on."
        ),
        target=0.90,
        parts=((Part(16_000, peak_rate=6e-4, warm_up=150),) if large else PARTS),
        build=_build,
        task=lambda data, device: DetectScenes(
            device,
            batch=64 if large else 16,
            sizes=() if large else tuple(zip(accumulate(part.steps for part in PARTS), SIDES, strict=False)),
        ),
        weight_decay=0.01,
        average=0.996,
        score_every=250,
        half=True,
        needs=("cnn-128",),
        shipped=lambda module: module.detr,  # type: ignore[union-attr,return-value]
    )
