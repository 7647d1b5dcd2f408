"""The CNN, the ViT and the hybrid, trained alike on Imagenette."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from explorer.training.imagenette import (
    CLASSES,
    MEAN,
    STD,
    augmented,
    mixed,
    normalised,
    one_hot,
    photographs,
)
from explorer.training.recipe import Recipe

__all__ = ["CNN", "HYBRID", "VIT", "Classify", "accuracy"]

SIZE = 128
BATCH = 64
HELD_OUT = 469
"""Training photographs kept for choosing the best step."""


class Classify:
    """Imagenette classification: random cuts, colour changes, CutMix and mixup, smoothed labels.

    A teacher, where there is one, sees the same mixed picture; the student also learns the teacher's
    distribution (soft distillation; Hinton et al. 2015, as compared in DeiT, Touvron et al. 2021, table 3).
    `dropped` says until which step which share of the patches is left out, which makes a step that much
    cheaper (Li et al., "Scaling Language-Image Pre-training via Masking", 2023); after the last, none is. `sizes` says
    until which step pictures have which side, as cheap a way for a CNN; after the last, 128.
    """

    def __init__(
        self,
        data: Path,
        device: torch.device,
        *,
        smallest: float,
        mix: float,
        teacher: nn.Module | None = None,
        dropped: Sequence[tuple[int, float]] = (),
        sizes: Sequence[tuple[int, int]] = (),
    ) -> None:
        self.learn, self.held_out = photographs(data / "imagenette-train.npz").split(HELD_OUT)
        self.device, self.smallest, self.mix, self.teacher = device, smallest, mix, teacher
        self.dropped, self.sizes = dropped, sizes

    def loss(self, module: nn.Module, step: int) -> Tensor:
        chosen = self._order(step)
        size = next((size for until, size in self.sizes if step < until), SIZE)
        pictures = augmented(self.learn, chosen, size, smallest=self.smallest).to(self.device)
        targets = one_hot(self.learn.labels[chosen]).to(self.device)
        if torch.rand(()) < self.mix:
            pictures, targets = mixed(pictures, targets)
        if self.dropped:
            share = next((share for until, share in self.dropped if step < until), 0.0)
            module.patch_drop.prob = share  # type: ignore[union-attr]
        x = normalised(pictures)
        logits = module(x).float()
        loss = cross_entropy(logits, targets)
        if self.teacher is None:
            return loss
        with torch.no_grad():
            taught = self.teacher(x.contiguous(memory_format=torch.channels_last)).float()
        return 0.3 * loss + 0.7 * cross_entropy(logits, taught.softmax(-1))

    def score(self, module: nn.Module) -> float:
        return accuracy(module, self.held_out.centred(SIZE), self.held_out.labels, device=self.device)

    def _order(self, step: int) -> Tensor:
        """The batch of a step: each epoch is one permutation of the photographs."""
        epoch, at = divmod(step, len(self.learn) // BATCH)
        generator = torch.Generator().manual_seed(epoch)
        return torch.randperm(len(self.learn), generator=generator)[at * BATCH : (at + 1) * BATCH]


def accuracy(module: nn.Module, pictures: Tensor, labels: Tensor, *, device: torch.device) -> float:
    """The share of pictures (N x 3 x H x W, uint8) whose largest logit is their label's."""
    right = 0
    for start in range(0, len(labels), 128):
        batch = slice(start, start + 128)
        right += int((module(normalised(pictures[batch].to(device))).argmax(-1).cpu() == labels[batch]).sum())
    return right / len(labels)


def _build(architecture: str, options: dict) -> nn.Module:
    from explorer.zoo.building import build

    return build(architecture, options)


def _teacher(device: torch.device) -> nn.Module:
    from explorer.zoo.building import build
    from explorer.zoo.cards import read_card, read_weights

    card = read_card("cnn")
    module = build(card.architecture, dict(card.options))
    module.load_state_dict(read_weights("cnn"))
    return module.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(False)


CNN_OPTIONS = {
    "block": "timm.models.resnet:BasicBlock",
    "layers": [2, 2, 2, 2],
    "channels": [32, 64, 128, 256],
    "stem_width": 32,
    "num_classes": len(CLASSES),
}
CNN_STEPS = 9000
VIT_OPTIONS = {
    "img_size": SIZE,
    "patch_size": 8,
    "embed_dim": 192,
    "depth": 6,
    "num_heads": 3,
    "num_classes": len(CLASSES),
}
VIT_STEPS = 3000
HYBRID_OPTIONS = VIT_OPTIONS | {
    "patch_size": 1,
    "depth": 5,
    "embed_layer": "explorer.models.hybrid:residual_stem",
}
HYBRID_STEPS = 2400

CNN = Recipe(
    name="cnn",
    title="Small residual network",
    family="cnn",
    architecture="timm.models.resnet:ResNet",
    options=CNN_OPTIONS,
    input_size=(SIZE, SIZE),
    mean=MEAN,
    std=STD,
    classes=CLASSES,
    data="Imagenette, 9,000 training photographs",
    notes="Random cuts, colour changes, CutMix and mixup in half of the batches, smoothed labels. "
    "Pictures of 96 x 96 in the first three quarters of the steps.",
    target=0.88,
    steps=CNN_STEPS,
    build=lambda: _build("timm.models.resnet:ResNet", CNN_OPTIONS),
    task=lambda data, device: Classify(
        data, device, smallest=0.3, mix=0.5, sizes=((round(CNN_STEPS * 0.75), 96),)
    ),
    peak_rate=3e-3,
    channels_last=True,
    half=True,
)
VIT = Recipe(
    name="vit",
    title="Small Vision Transformer",
    family="vit",
    architecture="timm.models.vision_transformer:VisionTransformer",
    options=VIT_OPTIONS,
    input_size=(SIZE, SIZE),
    mean=MEAN,
    std=STD,
    classes=CLASSES,
    data="Imagenette, 9,000 training photographs",
    notes="As the cnn, and taught by it as well (soft distillation into the class token's logits). "
    "Three quarters of the patches were left out of each training step at first, then half, and none in the "
    "last twelfth; nothing is left out afterwards.",
    target=0.75,
    steps=VIT_STEPS,
    build=lambda: _build(
        "timm.models.vision_transformer:VisionTransformer", VIT_OPTIONS | {"patch_drop_rate": 0.5}
    ),
    task=lambda data, device: Classify(
        data,
        device,
        smallest=0.3,
        mix=0.5,
        teacher=_teacher(device),
        dropped=((round(VIT_STEPS * 0.45), 0.75), (round(VIT_STEPS * 0.92), 0.5)),
    ),
    peak_rate=1e-3,
    half=True,
    needs=("cnn",),
)
HYBRID = replace(
    VIT,
    name="hybrid",
    title="Small hybrid",
    family="hybrid",
    options=HYBRID_OPTIONS,
    notes="Residual blocks make the tokens, a transformer does the rest; trained as the vit is.",
    target=0.84,
    steps=HYBRID_STEPS,
    build=lambda: _build(
        "timm.models.vision_transformer:VisionTransformer", HYBRID_OPTIONS | {"patch_drop_rate": 0.5}
    ),
    task=lambda data, device: Classify(
        data,
        device,
        smallest=0.3,
        mix=0.5,
        teacher=_teacher(device),
        dropped=((round(HYBRID_STEPS * 0.92), 0.5),),
    ),
)
