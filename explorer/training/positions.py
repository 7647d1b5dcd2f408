"""Small vision transformers that differ in their positions only, trained alike on handwritten digits and on CIFAR-10."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from explorer.analysis.moved_patches import right_answers
from explorer.data.pixels import DIGITS, NATURAL, digits
from explorer.models.position_vit import CODES
from explorer.training.recipe import Part, Recipe
from explorer.training.stages import CIFAR, MEAN, STD, NameThings
from explorer.zoo.position_models import (
    POSITION_SEEDS,
    POSITIONS_ARCHITECTURE,
    Pictures,
    build_positions,
    positions_name,
    positions_options,
)

__all__ = ["ReadDigits", "digit_tensors", "positions"]

BATCH, CHOOSING = 64, 140


def digit_tensors(images: object, labels: object) -> tuple[Tensor, Tensor]:
    """Digits (N x 8 x 8 x 1, 0 … 16) as the models take them, N x 1 x 8 x 8 from −1 to 1, and their labels."""
    pictures = torch.as_tensor(images).permute(0, 3, 1, 2).float() / 8 - 1
    return pictures, torch.as_tensor(labels).long()


class ReadDigits:
    """Which digit it is; no picture is changed, so that nothing but the code can tell places apart."""

    def __init__(self, device: torch.device, *, batch: int = BATCH) -> None:
        self.batch = batch
        digit_data = digits()
        pictures, labels = (
            tensor.to(device) for tensor in digit_tensors(digit_data.learn.copy(), digit_data.learn_labels)
        )
        self.learn, self.labels = pictures[:-CHOOSING], labels[:-CHOOSING]
        self.held_out = pictures[-CHOOSING:], labels[-CHOOSING:]
        self.device = device

    def loss(self, module: nn.Module, step: int) -> Tensor:
        chosen = torch.randint(len(self.learn), (self.batch,)).to(self.device)
        # At this size 16 bits cost more time than they save.
        with torch.autocast(self.device.type, enabled=False):
            return cross_entropy(module(self.learn[chosen]), self.labels[chosen], label_smoothing=0.05)

    def score(self, module: nn.Module) -> float:
        with torch.autocast(self.device.type, enabled=False):
            return right_answers(module, *self.held_out)  # type: ignore[arg-type]


def positions() -> tuple[Recipe, ...]:
    """Each code with each seed, on digits, then on CIFAR-10."""
    seeds = range(POSITION_SEEDS)
    digits = (_on_digits(code, seed) for seed in seeds for code in CODES)
    things = (_on_things(code, seed) for seed in seeds for code in CODES)
    return *digits, *things


def _on_digits(code: str, seed: int) -> Recipe:
    return _recipe(
        code,
        seed,
        "digits",
        input_size=(8, 8),
        mean=(0.5,),
        std=(0.5,),
        classes=DIGITS,
        data="scikit-learn's handwritten digits (UCI, Alpaydin and Kaynak 1998): 1,297 to learn from, 140 to choose "
        "the best step, 360 for tests",
        notes="Every pixel is a patch; no class token. Told of positions: " + CODES[code] + ".",
        target=0.6 if code == "none" else 0.95,
        parts=(Part(1200, peak_rate=2e-3, warm_up=100),),
        task=lambda data, device: ReadDigits(device),
        average=0.99,
        score_every=100,
    )


def _on_things(code: str, seed: int) -> Recipe:
    return _recipe(
        code,
        seed,
        "cifar",
        input_size=(32, 32),
        mean=MEAN,
        std=STD,
        classes=NATURAL,
        data=CIFAR,
        notes="8 x 8 patches of 4 x 4 pixels; no class token. Told of positions: "
        + CODES[code]
        + ". All see as many "
        "pictures in as many steps. Muon taught the layers' matrices.",
        target=0.5,
        parts=(Part(1000, peak_rate=2e-3, warm_up=100, by_muon=("layers.",)),),
        task=lambda data, device: NameThings(data, device, batch=32),
        average=0.995,
        score_every=250,
    )


def _recipe(code: str, seed: int, pictures: Pictures, **fields: Any) -> Recipe:
    """What all of them share."""
    return Recipe(
        name=positions_name(code, seed, pictures=pictures),
        title=f"Small ViT, {CODES[code]}"
        + (", CIFAR-10" if pictures == "cifar" else "")
        + (f", seed {seed + 1}" if seed else ""),
        family="positions",
        architecture=POSITIONS_ARCHITECTURE,
        options=positions_options(code, pictures=pictures),
        build=lambda: build_positions(code, pictures=pictures),
        seed=seed,
        half=True,
        **fields,
    )
