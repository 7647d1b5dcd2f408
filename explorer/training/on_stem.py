"""Distillation of what stands on a frozen stem, which looks at each cut of a photograph once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate

from explorer.data.everyday import everyday
from explorer.data.imagenette import augmented, normalised
from explorer.training.kept import kept
from explorer.training.precision import precision
from explorer.zoo.packaged import MEAN, STD
from explorer.zoo.seeded import seeded

__all__ = ["SMALLEST", "DistilOnStem", "OnStem", "Said", "rectangles"]

SMALLEST = 0.25
"""The least share of a photograph's area that is cut out of it."""
AT_ONCE = 64
CHUNK = 64 * AT_ONCE
"""Photographs whose features are kept in one file."""


class OnStem(nn.Module):
    """A vision transformer on a convolutional stem that stays as it is, fed with what the stem makes of pictures;
    `vit` is what ships."""

    def __init__(self, vit: nn.Module) -> None:
        super().__init__()
        self.vit: Any = vit
        self.stem.requires_grad_(False).eval()

    @property
    def stem(self) -> nn.Module:
        return self.vit.patch_embed.backbone

    def train(self, mode: bool = True) -> OnStem:
        """As every module's; the stem stays in evaluation mode."""
        super().train(mode)
        self.stem.eval()
        return self

    def forward(self, features: Tensor) -> Tensor:
        """What the stem made of pictures, batch x channels x rows x columns -> logits, batch x classes."""
        vit = self.vit
        tokens = vit.patch_embed.proj(features).flatten(2).mT
        return vit.forward_head(vit.norm(vit.blocks(vit.norm_pre(vit._pos_embed(tokens)))))


@dataclass(frozen=True)
class Said:
    """What a stem and a teacher said of pictures."""

    features: Tensor
    """Pictures x channels x rows x columns, float16."""
    logits: Tensor
    """Pictures x classes, float16."""


class DistilOnStem:
    """Distillation into the class token's logits (Hinton et al. 2015). Stem and teacher look once at each of `cuts` random
    cuts of every photograph; a step draws from what they said of the cuts so far, one more every `every` steps. It mixes
    the features of two pictures, or pastes cells of one into those of another, and their answers alike (Verma et al.,
    "Manifold mixup", 2019; Yun et al., "CutMix", 2019). What the stem's own network makes of the mixed features counts as
    much as the teacher's mixed answers: it need not guess what a mixture is.

    What was said is kept in the folder `kept`, so that a run that goes on need not ask again.
    """

    def __init__(
        self,
        data: Path,
        device: torch.device,
        *,
        stem: nn.Module,
        rest: nn.Module,
        teacher: nn.Module,
        sides: tuple[int, int],
        batch: int,
        cuts: int,
        every: int,
        kept: Path,
    ) -> None:
        """`rest` of the stem's network, from features to logits; `sides` of the pictures that the stem and the teacher look
        at, in pixels."""
        self.learn, self.validation = everyday(data)
        self.device, self.batch, self.cuts, self.every, self.kept = device, batch, cuts, every, kept
        self.stem, self.rest, self.teacher = (
            network.eval().to(device, precision(device)).to(memory_format=torch.channels_last)
            for network in (stem, rest, teacher)
        )
        self.sides = sides
        self.said: list[Said] = []

    def loss(self, module: nn.Module, step: int) -> Tensor:
        with torch.autocast(self.device.type, enabled=False):
            features, answers = self._batch(step)
        return cross_entropy(module(features).float(), answers)

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        count = min(self.cuts, 1 + step // self.every)
        while len(self.said) < count:
            self.said.append(self._cut(len(self.said)))
        which = torch.randint(count, (self.batch,)).tolist()
        chosen = torch.randint(len(self.learn), (self.batch,)).tolist()
        features, logits = (
            torch.stack([said[at] for said, at in zip(parts, chosen, strict=True)]).to(self.device).float()
            for parts in (
                [self.said[cut].features for cut in which],
                [self.said[cut].logits for cut in which],
            )
        )
        mirrored = (torch.rand(self.batch) < 0.5).to(self.device)[:, None, None, None]
        features = torch.where(mirrored, features.flip(3), features)
        features, answers = mixed(features, logits.softmax(-1))
        own = self._asked(self.rest, features).float().softmax(-1)
        return features, (answers + own) / 2

    def score(self, module: nn.Module) -> float:
        """The share of the validation part whose largest logit is the teacher's."""
        said = self._centred
        parts = zip(said.features.split(250), said.logits.split(250), strict=True)
        same = (
            module(features.to(self.device).float()).argmax(-1).cpu() == logits.argmax(-1)
            for features, logits in parts
        )
        return float(torch.cat(list(same)).float().mean())

    @cached_property
    def _centred(self) -> Said:
        sizes = (self.validation.centred(side).split(AT_ONCE) for side in self.sides)
        with torch.autocast(self.device.type, enabled=False):
            return _joined([self._say(*pictures) for pictures in zip(*sizes, strict=True)])

    def _cut(self, number: int) -> Said:
        """What is said of every photograph's cut of that number."""
        return _joined([self._chunk(number, first) for first in range(0, len(self.learn), CHUNK)])

    def _chunk(self, number: int, first: int) -> Said:
        path = self.kept / f"{number}-{first}-of-{len(self.learn)}.pt"
        last = min(first + CHUNK, len(self.learn))
        batches = (range(at, min(at + AT_ONCE, last)) for at in range(first, last, AT_ONCE))
        return Said(
            **kept(path, lambda: vars(_joined([self._say(*self._shown(number, batch)) for batch in batches])))
        )

    def _shown(self, number: int, chosen: range) -> tuple[Tensor, Tensor]:
        """The same cut for the stem and for the teacher."""
        own, teachers = self.sides
        with seeded(1_000_000 * number + chosen.start):
            large = augmented(
                self.learn, torch.tensor(chosen), teachers, smallest=SMALLEST, device=self.device
            )
        return interpolate(large, (own, own), mode="bilinear", antialias=True), large

    def _say(self, own: Tensor, teachers: Tensor) -> Said:
        features, logits = (
            self._asked(network, normalised(pictures.to(self.device), mean=MEAN, std=STD))
            for network, pictures in ((self.stem, own), (self.teacher, teachers))
        )
        return Said(features.half().cpu().contiguous(), logits.half().cpu())

    @torch.no_grad()
    def _asked(self, network: nn.Module, x: Tensor) -> Tensor:
        """In the numbers that the device multiplies, all of them: autocast leaves some operations out."""
        return network(x.to(precision(self.device)).contiguous(memory_format=torch.channels_last))


def _joined(parts: list[Said]) -> Said:
    return Said(
        torch.cat([part.features for part in parts]),
        torch.cat([part.logits for part in parts]),
    )


def mixed(features: Tensor, answers: Tensor) -> tuple[Tensor, Tensor]:
    """Half of the pictures are a mixture of two, by every share alike; half have a square of cells of another, by every
    share of the map alike. Features batch x channels x rows x columns, answers batch x classes."""
    count, _, rows, columns = features.shape
    device = features.device
    share = torch.where(torch.rand(count) < 0.5, torch.rand(count), 1.0).to(device)
    features = torch.lerp(features.flip(0), features, share[:, None, None, None])
    answers = torch.lerp(answers.flip(0), answers, share[:, None])
    area, down, across = torch.rand(3, count)
    area = torch.where(torch.rand(count) < 0.5, area, 0.0)
    mask = rectangles(area, down, across, (rows, columns)).to(device)
    own = 1 - mask.flatten(1).float().mean(1, keepdim=True)
    return (
        torch.where(mask[:, None], features.roll(1, 0), features),
        torch.lerp(answers.roll(1, 0), answers, own),
    )


def rectangles(area: Tensor, down: Tensor, across: Tensor, shape: tuple[int, int]) -> Tensor:
    """Which cells of a map lie in a rectangle of the map's own shape: its share of the area, and where it lies between
    the first and the last place that it fits. All batch, of 0 to 1 -> batch x rows x columns, of bool."""
    inside = []
    for length, at in zip(shape, (down, across), strict=True):
        size = (length * area.sqrt()).round()
        first = (at * (length - size + 1)).floor()
        place = torch.arange(length)
        inside.append((place >= first[:, None]) & (place < (first + size)[:, None]))
    rows, columns = inside
    return rows[:, :, None] & columns[:, None, :]
