"""Small residual networks with attention in no stage, in one or in all, trained alike on CIFAR-10."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from explorer.data.pixels import NATURAL, Pictures, natural
from explorer.models.stage_net import PLACES
from explorer.training.recipe import Part, Recipe
from explorer.zoo.stage_models import (
    STAGE_ARCHITECTURE,
    STAGE_SEEDS,
    build_stage,
    stage_name,
    stage_options,
)

__all__ = ["CIFAR", "MEAN", "STD", "NameThings", "as_input", "right_answers", "stages"]

MEAN, STD = (0.491, 0.482, 0.447), (0.247, 0.244, 0.262)
BATCH, CHOOSING, STEPS = 128, 2000, 3400
CIFAR = "CIFAR-10 as JPEG (Krizhevsky 2009): 48,000 pictures to learn from, 2,000 to choose the best step, 10,000 for tests"
EDGE = 4
"""Pixels by which a picture is moved at most."""


def as_input(pictures: Tensor) -> Tensor:
    """uint8 pictures N x 3 x 32 x 32 as the networks take them."""
    mean, std = (
        torch.tensor(channels, device=pictures.device).view(1, 3, 1, 1) * 255 for channels in (MEAN, STD)
    )
    return ((pictures.float() - mean) / std).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def right_answers(module: nn.Module, pictures: Tensor, labels: Tensor) -> float:
    """The share of uint8 pictures N x 3 x 32 x 32 whose largest score is their label's."""
    predictions = torch.cat([module(as_input(part)).argmax(-1) for part in pictures.split(500)])
    return float((predictions == labels).double().mean())


class NameThings:
    """Which of ten things is on the picture: moved by up to four pixels and mirrored at random."""

    def __init__(self, data: Path | Pictures, device: torch.device, *, batch: int = BATCH) -> None:
        photographs = natural(data) if isinstance(data, Path) else data
        pictures = torch.from_numpy(photographs.learn.copy()).permute(0, 3, 1, 2).to(device)
        labels = torch.as_tensor(photographs.learn_labels).long().to(device)
        # Of few pictures a part is kept; the file's order is a fixed shuffle.
        held_out = min(CHOOSING, len(pictures) // 10)
        self.learn, self.labels = pictures[:-held_out], labels[:-held_out]
        self.held_out = pictures[-held_out:], labels[-held_out:]
        self.device, self.batch = device, batch

    def loss(self, module: nn.Module, step: int) -> Tensor:
        chosen = torch.randint(len(self.learn), (self.batch,)).to(self.device)
        pictures = self._moved(as_input(self.learn[chosen]))
        return cross_entropy(module(pictures).float(), self.labels[chosen], label_smoothing=0.05)

    def score(self, module: nn.Module) -> float:
        return right_answers(module, *self.held_out)

    def _moved(self, x: Tensor) -> Tensor:
        side = x.shape[-1]
        top, left = torch.randint(2 * EDGE + 1, (2, len(x), 1), device=x.device)
        rows = top + torch.arange(side, device=x.device)
        columns = left + torch.arange(side, device=x.device)
        columns = torch.where(torch.rand(len(x), 1, device=x.device) < 0.5, columns.flip(1), columns)
        padded = pad(x, (EDGE,) * 4).permute(0, 2, 3, 1)
        index = torch.arange(len(x), device=x.device)[:, None, None]
        return padded[index, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def stages() -> tuple[Recipe, ...]:
    """Each variant with each seed."""
    return tuple(_recipe(place, seed) for seed in range(STAGE_SEEDS) for place in PLACES)


def _recipe(place: str, seed: int) -> Recipe:
    where = {"none": "no attention", "all": "attention in all stages"}.get(
        place, f"attention in the {place} stage"
    )
    return Recipe(
        name=stage_name(place, seed),
        title=f"Residual network, {where}" + (f", seed {seed + 1}" if seed else ""),
        family="stage",
        architecture=STAGE_ARCHITECTURE,
        options=stage_options(place),
        input_size=(32, 32),
        mean=MEAN,
        std=STD,
        classes=NATURAL,
        data=CIFAR,
        notes=f"Three stages of two residual blocks; {where}. All variants see as many pictures in as many steps.",
        target=0.7,
        parts=(Part(STEPS, peak_rate=4e-3, warm_up=300),),
        build=lambda: build_stage(place),
        task=NameThings,
        weight_decay=0.05,
        average=0.998,
        score_every=340,
        channels_last=True,
        seed=seed,
        half=True,
    )
