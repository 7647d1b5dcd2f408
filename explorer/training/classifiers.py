"""The CNN, the ViT and the hybrid, trained alike on Imagenette."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from explorer.data.imagenette import (
    CLASSES,
    MEAN,
    STD,
    augmented,
    mixed,
    normalised,
    one_hot,
    photographs,
)
from explorer.training.mimetic import mimetic
from explorer.training.recipe import Part, Recipe, at_step
from explorer.zoo.cards import card_names, read_card, read_weights

__all__ = ["HYBRID_OPTIONS", "TRANSFORMER", "Classify", "Shown", "accuracy", "classifiers"]

SIZE = 128
BATCH = 64
SMALLEST = 0.3
"""The least share of a photograph's area that is cut out of it."""
HELD_OUT = 469
"""Training photographs kept for choosing the best step."""


@dataclass(frozen=True)
class Shown:
    """How a batch is shown to what learns."""

    size: int = SIZE
    """Pixels a side; fewer are a cheap way for a CNN to see more pictures."""
    mix: float = 0.5
    """The share of the batches whose pictures are mixed, by CutMix or mixup."""
    dropped: float = 0.0
    """The share of a ViT's patches that is left out, which makes a step that much cheaper (Li et al., "Scaling
    Language-Image Pre-training via Masking", 2023)."""


class Classify:
    """Imagenette classification: random cuts, colour changes, CutMix and mixup, smoothed labels.

    `shown` says until which step batches are shown how; after the last, as `Shown` has it. A teacher, where there is
    one, sees the same mixed picture; the student also learns the teacher's distribution (soft distillation; Hinton et
    al. 2015, as compared in DeiT, Touvron et al. 2021, table 3).
    """

    def __init__(
        self,
        data: Path,
        device: torch.device,
        *,
        shown: Sequence[tuple[int, Shown]] = (),
        teacher: nn.Module | None = None,
    ) -> None:
        self.learn, self.held_out = photographs(data / "imagenette-train.npz").split(HELD_OUT)
        self.device, self.shown, self.teacher = device, shown, teacher

    def loss(self, module: nn.Module, step: int) -> Tensor:
        chosen, shown = self._order(step), at_step(step, self.shown, Shown())
        pictures = augmented(self.learn, chosen, shown.size, smallest=SMALLEST, device=self.device)
        targets = one_hot(self.learn.labels[chosen]).to(self.device)
        if torch.rand(()) < shown.mix:
            pictures, targets = mixed(pictures, targets)
        if hasattr(module, "patch_drop"):
            module.patch_drop.prob = shown.dropped  # type: ignore[union-attr]
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

    card = read_card("cnn-128")
    module = build(card.architecture, dict(card.options))
    module.load_state_dict(read_weights("cnn-128"))
    return module.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(False)


RESNET, TRANSFORMER = "timm.models.resnet:ResNet", "timm.models.vision_transformer:VisionTransformer"
CNN_OPTIONS = {
    "block": "timm.models.resnet:BasicBlock",
    "layers": [2, 2, 4, 2],
    "channels": [32, 64, 128, 256],
    "stem_width": 32,
    # Shortcuts that shrink by the mean of four cells, not by every fourth (He, T. et al., "Bag of tricks", 2019).
    "avg_down": True,
    # The last stage does not stride, it dilates (Yu, Koltun, Funkhouser, "Dilated residual networks", 2017): a grid
    # of 8 x 8, not 4 x 4.
    "output_stride": 16,
    "num_classes": len(CLASSES),
}
VIT_OPTIONS = {
    "img_size": SIZE,
    "patch_size": 8,
    "embed_dim": 192,
    "depth": 6,
    "num_heads": 3,
    "num_classes": len(CLASSES),
}
HYBRID_OPTIONS = VIT_OPTIONS | {
    "patch_size": 1,
    "depth": 5,
    "embed_layer": "explorer.models.hybrid:cnn_stem",
}


def _recipe(name: str, architecture: str, options: dict[str, Any], **fields: Any) -> Recipe:
    """What all of them share."""
    return Recipe(
        name=name,
        family=name.removesuffix("-128"),
        architecture=architecture,
        options=options,
        input_size=(SIZE, SIZE),
        mean=MEAN,
        std=STD,
        classes=CLASSES,
        data="Imagenette, 9,000 training photographs",
        half=True,
        **fields,
    )


def _leave(part: nn.Module) -> None:
    """In training it norms by the batch, as before; what it keeps of it does not move, nor do its weights."""
    part.requires_grad_(False)
    for norm in part.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.momentum = 0.0


def _cnn(*, large: bool) -> Recipe:
    steps, hold = (45_000, 27_000) if large else (5600, 3300)
    few = round(steps * 0.8)
    return _recipe(
        "cnn-128",
        RESNET,
        CNN_OPTIONS,
        title="Small residual network, ten classes",
        notes="Random cuts, colour changes, CutMix and mixup in half of the batches, smoothed labels. "
        "Pictures of 96 x 96 in the first four fifths of the steps, then of 112 x 112. Muon taught the stages.",
        target=0.93 if large else 0.88,
        parts=(Part(steps, peak_rate=1e-3, warm_up=100, hold=hold, by_muon=("layer",)),),
        build=lambda: _build(RESNET, CNN_OPTIONS),
        task=lambda data, device: Classify(
            data, device, shown=((few, Shown(size=96)), (steps, Shown(size=112)))
        ),
        score_every=100,
        channels_last=True,
    )


def _transformer(
    name: str,
    options: dict[str, Any],
    *,
    begins: str,
    steps: int,
    build: Callable[[], nn.Module],
    **fields: Any,
) -> Recipe:
    """A ViT over patches or over what a CNN makes of them, taught by the cnn."""
    return _recipe(
        name,
        TRANSFORMER,
        options,
        notes=f"{begins} and taught by it as well (soft distillation into the class token's logits); attention and "
        "positions begin with the look of trained ones (mimetic initialisation). Muon taught the inner matrices. "
        "Three quarters of the patches were "
        "left out of each training step at first, then half, and none in the last twelfth; nothing is left out "
        "afterwards.",
        parts=(Part(steps, peak_rate=1e-3, warm_up=200, by_muon=("blocks.",)),),
        build=build,
        task=lambda data, device: Classify(
            data,
            device,
            shown=(
                (round(steps * 0.6), Shown(dropped=0.75)),
                (round(steps * 0.92), Shown(dropped=0.5)),
            ),
            teacher=_teacher(device),
        ),
        needs=("cnn-128",),
        **fields,
    )


def _vit(options: dict[str, Any]) -> nn.Module:
    return mimetic(_build(TRANSFORMER, options | {"patch_drop_rate": 0.5}))


def _hybrid() -> nn.Module:
    """The cnn's first stages, which stay as they are, and a transformer."""
    module = _vit(HYBRID_OPTIONS)
    stem: Any = module.patch_embed.backbone  # type: ignore[union-attr]
    if "cnn-128" in card_names():
        weights = read_weights("cnn-128")
        stem.load_state_dict({name: weights[name] for name in stem.state_dict()})
    _leave(stem)
    return module


def classifiers(*, large: bool) -> tuple[Recipe, ...]:
    """The cnn, the vit and the hybrid; `large` are the many more steps that a GPU takes in the same time."""
    vit = _transformer(
        "vit-128",
        VIT_OPTIONS,
        title="Small Vision Transformer, ten classes",
        begins="Trained as the cnn,",
        target=0.86 if large else 0.75,
        steps=60_000 if large else 3200,
        build=lambda: _vit(VIT_OPTIONS),
    )
    hybrid = _transformer(
        "hybrid-128",
        HYBRID_OPTIONS,
        title="Small hybrid, ten classes",
        begins="The cnn's first two stages, as they are, make the tokens, and a transformer does the rest. Trained "
        "as the cnn,",
        target=0.91 if large else 0.84,
        steps=40_000 if large else 2400,
        build=_hybrid,
        channels_last=True,
    )
    return _cnn(large=large), vit, hybrid
