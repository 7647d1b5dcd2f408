"""The ViT and the hybrid that pages open with: taught by a real ImageNet network on everyday photographs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate, mse_loss

from explorer.data.everyday import everyday
from explorer.data.imagenette import augmented, normalised
from explorer.models.distilled import Student, Teacher, on_grid
from explorer.models.hybrid import STAGES, LiteRest
from explorer.training import state_folder
from explorer.training.mimetic import mimetic
from explorer.training.on_stem import SMALLEST, DistilOnStem, OnStem, rectangles
from explorer.training.precision import precision
from explorer.training.recipe import Part, Recipe, at_step
from explorer.zoo.building import build
from explorer.zoo.packaged import MEAN, PACKAGED, STD, build_packaged
from explorer.zoo.seeded import seeded

__all__ = ["Distil", "agreement", "distilled"]

TEACHER = "efficientnet-lite2"
SIDE = 224
FEATURES = 472
"""Channels of the teacher's two maps."""


class Distil:
    """Distillation into the class token's logits (Hinton et al. 2015) and into every patch token (the teacher's features
    there), teacher and student shown the same cut, colours and mixture of two photographs (Beyer et al., "Knowledge
    distillation: a good teacher is patient and consistent", 2022).

    What the teacher says of a batch serves `repeats` steps, all but the first of which paste parts of the batch's
    pictures into each other (CutMix, Yun et al. 2019), answers and features likewise. `sizes` says until which step
    pictures have which side for the student; after the last, 224.
    """

    def __init__(
        self,
        data: Path,
        device: torch.device,
        *,
        batch: int,
        repeats: int,
        sizes: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.learn, validation = everyday(data)
        self.device, self.batch, self.repeats, self.sizes = device, batch, repeats, sizes
        self.teacher = Teacher(build_packaged(TEACHER)).to(device, precision(device))
        self.teacher.to(memory_format=torch.channels_last)
        if device.type == "cuda":
            self.teacher.compile()
        self.side = PACKAGED[TEACHER].input_size[0]
        self.validation = validation
        self._now: tuple[int, tuple[Tensor, ...]] = -1, ()

    def loss(self, module: nn.Module, step: int) -> Tensor:
        number, turn = divmod(step, self.repeats)
        if self._now[0] != number:
            self._now = number, self._batch(number)
        pictures, answers, fine, coarse = self._now[1]
        side = at_step(step, self.sizes, SIDE)
        grid = side // 16
        pictures = interpolate(pictures, (side, side), mode="bilinear", antialias=True)
        features = on_grid(fine, coarse, grid, grid)
        if turn:
            pictures, answers, features = _pasted(pictures, answers, features, grid)
        logits, distilled = module(normalised(pictures, mean=MEAN, std=STD))
        return cross_entropy(logits.float(), answers) + mse_loss(distilled.float(), features)

    def score(self, module: nn.Module) -> float:
        shown = self.validation.centred(SIDE)
        return agreement(module.vit, shown, self.answers, device=self.device)  # type: ignore[arg-type]

    @cached_property
    def answers(self) -> Tensor:
        """The teacher's of the validation part."""
        parts = self.validation.centred(self.side).split(250)
        return torch.cat([self._taught(part.to(self.device))[0].argmax(-1) for part in parts])

    def _batch(self, number: int) -> tuple[Tensor, ...]:
        """The pictures of that number and what the teacher says of them."""
        with seeded(1_000_003 + number):
            epoch, at = divmod(number, len(self.learn) // self.batch)
            order = torch.randperm(len(self.learn), generator=torch.Generator().manual_seed(epoch))
            chosen = order[at * self.batch : (at + 1) * self.batch]
            pictures = augmented(self.learn, chosen, self.side, smallest=SMALLEST, device=self.device)
            # Half of the pictures are a mixture of two, by every share alike; the teacher looks at the mixture.
            share = torch.where(torch.rand(len(chosen)) < 0.5, torch.rand(len(chosen)), 1.0)
            share = share.to(self.device)[:, None, None, None]
            pictures = torch.lerp(pictures.flip(0), pictures, share)
        logits, fine, coarse = self._taught(pictures)
        return pictures, logits.float().softmax(-1), fine, coarse

    def _taught(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = normalised(pictures, mean=MEAN, std=STD).to(precision(self.device))
        with torch.autocast(self.device.type, enabled=False):
            return self.teacher(x.contiguous(memory_format=torch.channels_last))


def agreement(vit: nn.Module, pictures: Tensor, answers: Tensor, *, device: torch.device) -> float:
    """The share of pictures (N x 3 x H x W, uint8) whose largest logit is the teacher's."""
    same = 0
    for part, answer in zip(pictures.split(250), answers.split(250), strict=True):
        x = normalised(part.to(device), mean=MEAN, std=STD)
        same += int((vit(x).argmax(-1) == answer).sum())
    return same / len(pictures)


def _pasted(pictures: Tensor, answers: Tensor, features: Tensor, grid: int) -> tuple[Tensor, Tensor, Tensor]:
    """CutMix by whole patches, another rectangle for every picture; answers by the share of the patches."""
    count, side = len(pictures), pictures.shape[-1]
    patch = side // grid
    mask = rectangles(*torch.rand(3, count, device="cpu"), (grid, grid)).to(pictures.device)
    pixels = mask.repeat_interleave(patch, 1).repeat_interleave(patch, 2)[:, None]
    cells = mask.flatten(1)
    visible_share = 1 - cells.float().mean(1, keepdim=True)
    return (
        torch.where(pixels, pictures.roll(1, 0), pictures),
        torch.lerp(answers.roll(1, 0), answers, visible_share),
        torch.where(cells[..., None], features.roll(1, 0), features),
    )


TRANSFORMER = "timm.models.vision_transformer:VisionTransformer"
VIT_OPTIONS: dict[str, Any] = {
    "img_size": SIDE,
    "patch_size": 16,
    "embed_dim": 192,
    "depth": 12,
    "num_heads": 3,
    "num_classes": 1000,
}
HYBRID_OPTIONS = VIT_OPTIONS | {
    "patch_size": 1,
    "depth": 6,
    "embed_layer": "explorer.models.hybrid:lite_stem",
}


def _vit() -> Student:
    return Student(mimetic(build(TRANSFORMER, VIT_OPTIONS | {"dynamic_img_size": True})), features=FEATURES)


def _hybrid() -> OnStem:
    """EfficientNet-Lite0's first stages, which stay as they are, and a transformer of random weights."""
    hybrid: Any = build(TRANSFORMER, HYBRID_OPTIONS)
    stem = hybrid.patch_embed.backbone
    trunk = build_packaged("efficientnet-lite0").state_dict()
    stem.load_state_dict({name: trunk[name] for name in stem.state_dict()})
    return OnStem(hybrid)


def _on_stem(data: Path, device: torch.device) -> DistilOnStem:
    return DistilOnStem(
        data,
        device,
        stem=_hybrid().stem,
        rest=LiteRest(build_packaged("efficientnet-lite0")),
        teacher=build_packaged(TEACHER),
        sides=(SIDE, PACKAGED[TEACHER].input_size[0]),
        batch=256,
        cuts=2,
        every=2400,
        kept=state_folder() / f"hybrid-on-{STAGES}-stages",
    )


def _recipe(name: str, options: dict[str, Any], *, notes: str, **fields: Any) -> Recipe:
    """What both share."""
    from timm.data import ImageNetInfo

    return Recipe(
        name=name,
        family=name,
        architecture=TRANSFORMER,
        options=options,
        input_size=(SIDE, SIDE),
        mean=MEAN,
        std=STD,
        classes=tuple(ImageNetInfo().label_descriptions()),
        data="36,491 everyday photographs without labels",
        notes=f"EfficientNet-Lite2 taught it. {notes} Photographs of many sources, for research use, none of which ships. "
        "Muon taught the inner matrices.",
        compiled=False,
        half=True,
        shipped=lambda module: module.vit,  # type: ignore[union-attr,return-value]
        **fields,
    )


def distilled() -> tuple[Recipe, ...]:
    """The vit, by a GPU, and the hybrid, by a CPU."""
    vit = _recipe(
        "vit",
        VIT_OPTIONS,
        title="Vision Transformer, ViT-Ti/16",
        notes="Its classes taught the class token, its features the patch tokens, teacher and student shown the same "
        "mixture of two photographs, of 160 x 160 but for the last steps. From random weights; attention and positions "
        "begin with the look of trained ones (mimetic initialisation).",
        target=0.60,
        parts=(Part(3400, peak_rate=1.2e-3, warm_up=150, by_muon=("vit.blocks.",)),),
        task=lambda data, device: Distil(data, device, batch=1024, repeats=2, sizes=((2720, 160),)),
        score_every=200,
        build=_vit,
    )
    hybrid = _recipe(
        "hybrid",
        HYBRID_OPTIONS,
        title="Hybrid of EfficientNet-Lite0 and a transformer",
        notes="The first six of the seven stages of EfficientNet-Lite0, as they are, make the tokens; the transformer "
        "began with random weights. It learnt from features of one cut of each photograph, mixed and pasted into each other, and as much from what EfficientNet-Lite0 itself makes of these.",
        target=0.65,
        parts=(Part(2400, peak_rate=1e-3, warm_up=100, by_muon=("vit.blocks.",)),),
        task=_on_stem,
        score_every=200,
        build=_hybrid,
        channels_last=True,
    )
    return vit, hybrid
